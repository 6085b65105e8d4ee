/**
 * What KubeVirt's published schemas have beyond the release the npm types are of, and constraints that types cannot carry. Tables by
 * definition and property; names, types and bounds are facts of the published schemas.
 */

import type { Schema } from '@berth/meta'

const kubevirt = 'io.kubevirt.v1.'
const beta = 'io.kubevirt.v1beta1.'
const alpha = 'io.kubevirt.v1alpha1.'

const text: Schema = { type: 'string' }
const time: Schema = { type: 'string', format: 'date-time', nullable: true }
const quantity: Schema = { type: 'string', format: 'quantity' }
const conditionTimes: Record<string, Schema> = { lastProbeTime: time, lastTransitionTime: time }
const atLeastOne = (format: 'int32' | 'int64'): Schema => ({ type: 'integer', format, minimum: 1 })
const count: Schema = { type: 'integer', format: 'int64', minimum: 0 }

/** Beside the first sentence of each setting nothing is promised: the API is an experiment. */
const experimentalMigration: Schema = {
  type: 'object',
  description: 'Experimental settings of migrations; they may change or go.',
  properties: {
    compression: { ...text, enum: ['none', 'zstd'], description: 'How the stream of a migration is compressed.' },
    downtimeTuning: {
      type: 'object',
      description: 'Raises the allowed downtime in steps, the longer a migration copies.',
      properties: {
        cooldownSeconds: atLeastOne('int32'),
        initialMs: atLeastOne('int64'),
        startAfterIteration: atLeastOne('int64'),
        steps: atLeastOne('int32'),
      },
    },
    stallDetector: {
      type: 'object',
      description: 'When a migration counts as stalled, and what is done then.',
      properties: {
        completionTimeoutFactor: quantity,
        ewmaAlpha: quantity,
        patienceWindowDecayFactor: quantity,
        precopyPossibleFactor: quantity,
        searchLocalMinima: { type: 'boolean' },
        stallMargin: { ...count, maximum: 100 },
        stallProgressTimeout: count,
        switchoverTimeout: count,
      },
    },
  },
}

const maxDowntimeMs: Schema = { type: 'integer', format: 'int64', minimum: 1, maximum: 2_000_000 }

export const newerProperties: Record<string, Record<string, Schema>> = {
  [`${kubevirt}VirtualMachineInstanceMigrationCondition`]: conditionTimes,
  [`${kubevirt}VirtualMachineInstanceReplicaSetCondition`]: conditionTimes,
  [`${beta}VirtualMachinePoolCondition`]: conditionTimes,
  [`${beta}VirtualMachinePreferenceSpec`]: {
    preferredLaunchSecurity: {
      ref: `${kubevirt}LaunchSecurity`,
      description: 'How the memory of the guest is encrypted.',
    },
  },
  [`${kubevirt}MigrationConfiguration`]: { maxDowntimeMs, experimental: experimentalMigration },
  [`${alpha}MigrationPolicySpec`]: { maxDowntimeMs, experimental: experimentalMigration },
}

/** An object by its name, which the published schema fills in when it is left out. */
const namedObject: Schema = {
  type: 'object',
  mapType: 'atomic',
  properties: { name: { ...text, default: '', description: 'Name of the object, in the namespace of the machine.' } },
}

/** Schemas that stand instead of the one read. */
export const newerFieldSchemas: Record<string, Schema> = {
  ...Object.fromEntries(
    ['CloudInitConfigDriveSource', 'CloudInitNoCloudSource'].flatMap((source) =>
      ['networkDataSecretRef', 'secretRef'].map((key) => [`${kubevirt}${source}.${key}`, namedObject]),
    ),
  ),
  [`${kubevirt}SysprepSource.configMap`]: namedObject,
  [`${kubevirt}SysprepSource.secret`]: namedObject,
  [`${kubevirt}KubeVirtSpec.imagePullSecrets`]: { type: 'array', listType: 'atomic', items: namedObject },
  // Free-form in the published schema: some clients write `creationTimestamp: null` there.
  [`${beta}VirtualMachineTemplateSpec.metadata`]: { type: 'object', nullable: true, preserveUnknownFields: true },
}

const checksum: Schema = { minimum: 0, maximum: 4_294_967_295 }
const sortPolicies = ['AscendingOrder', 'DescendingOrder', 'Newest', 'Oldest', 'Random']
const statePreservation: Schema = { enum: ['Disabled', 'Offline', 'Online'] }

export const newerConstraints: Record<string, Schema> = {
  [`${kubevirt}ConfigMapVolumeSource.name`]: { default: '' },
  [`${kubevirt}ContainerPathVolumeSource.path`]: { maxLength: 4096 },
  [`${kubevirt}ContainerPathVolumeSource.readOnly`]: { default: true },
  [`${kubevirt}ContainerDiskInfo.checksum`]: checksum,
  [`${kubevirt}InitrdInfo.checksum`]: checksum,
  [`${kubevirt}KernelInfo.checksum`]: checksum,
  [`${kubevirt}VirtualMachineInstanceStatus.VSOCKCID`]: checksum,
  [`${kubevirt}VirtualMachineInstanceReplicaSet.status`]: { nullable: true },
  [`${kubevirt}KubeVirtConfiguration.hypervisors`]: { maxItems: 1 },
  [`${kubevirt}DeveloperConfiguration.memoryOvercommit`]: { minimum: 10 },
  [`${kubevirt}TDXAttestationConfiguration.enforced`]: { default: false },
  [`${kubevirt}TDXAttestationConfiguration.qgsSocketPath`]: { default: '/var/run/tdx-qgs/qgs.socket' },
  [`${alpha}MigrationPolicy.status`]: { nullable: true },
  [`${beta}MemoryInstancetype.overcommitPercent`]: { minimum: 0, maximum: 100 },
  [`${beta}VirtualMachinePoolSpec.replicas`]: { minimum: 0 },
  [`${beta}VirtualMachinePoolAutohealingStrategy.startUpFailureThreshold`]: { minimum: 1 },
  [`${beta}VirtualMachinePoolOpportunisticScaleInStrategy.statePreservation`]: statePreservation,
  [`${beta}VirtualMachinePoolProactiveScaleInStrategy.statePreservation`]: statePreservation,
  [`${beta}VirtualMachinePoolSelectionPolicy.sortPolicy`]: { enum: sortPolicies },
}

/** What the npm types still have and the published schemas do not any more. */
export const goneProperties: Record<string, readonly string[]> = {
  [`${alpha}BackupVolumeInfo`]: ['dataEndpoint', 'diskTarget', 'mapEndpoint'],
  [`${kubevirt}VirtualMachineInstanceStatus`]: ['deviceStatus'],
}
