/**
 * What rows need of each kind. A list of 50,000 machines keeps these instead of whole objects: a tenth of the memory. New objects are made
 * rather than fields deleted, because that is what engines store compactly.
 */

import type {
  DataVolume,
  DataVolumeTemplate,
  DomainSpec,
  VirtualMachine,
  VirtualMachineInstance,
  VirtualMachineInstanceMigration,
  VirtualMachineInstanceSpec,
  Volume,
} from '@berth/api'
import type { Condition, KubeObject, ObjectMeta } from '@berth/meta'

export const osAnnotation = 'vm.kubevirt.io/os'

export function slimMachine(machine: VirtualMachine): VirtualMachine {
  const { apiVersion, kind, spec, status } = machine
  const template = spec.template as VirtualMachine['spec']['template'] | undefined // a cluster may hold one without
  const os = template?.metadata?.annotations?.[osAnnotation]
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(machine.metadata),
    spec: {
      ...defined('running', spec.running),
      ...defined('runStrategy', spec.runStrategy),
      ...defined('instancetype', spec.instancetype),
      ...defined('preference', spec.preference),
      ...defined('dataVolumeTemplates', spec.dataVolumeTemplates?.map(slimTemplate)),
      template: {
        ...(os === undefined ? {} : { metadata: { annotations: { [osAnnotation]: os } } }),
        spec: slimSpec(template?.spec),
      },
    },
    ...(status === undefined
      ? {}
      : {
          status: {
            ...defined('printableStatus', status.printableStatus),
            ...defined('conditions', status.conditions),
            ...defined('stateChangeRequests', status.stateChangeRequests),
            ...defined('startFailure', status.startFailure),
            ...defined('snapshotInProgress', status.snapshotInProgress),
          },
        }),
  }
}

export function slimInstance(instance: VirtualMachineInstance): VirtualMachineInstance {
  const { apiVersion, kind, status } = instance
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(instance.metadata),
    spec: slimSpec(instance.spec),
    ...(status === undefined
      ? {}
      : {
          status: {
            ...defined('phase', status.phase),
            ...defined('nodeName', status.nodeName),
            ...defined('reason', status.reason),
            ...defined('conditions', status.conditions),
            ...defined(
              'interfaces',
              status.interfaces?.map(({ ipAddress, ipAddresses }) => ({
                ...defined('ipAddress', ipAddress),
                ...defined('ipAddresses', ipAddresses),
              })),
            ),
            ...defined('guestOSInfo', osOf(status.guestOSInfo)),
            ...defined('migrationState', status.migrationState),
            ...defined('currentCPUTopology', status.currentCPUTopology),
            ...defined('memory', status.memory),
          },
        }),
  }
}

export function slimMigration(migration: VirtualMachineInstanceMigration): VirtualMachineInstanceMigration {
  const { apiVersion, kind, spec, status } = migration
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(migration.metadata),
    spec: { ...defined('vmiName', spec.vmiName) },
    ...(status?.phase === undefined ? {} : { status: { phase: status.phase } }),
  }
}

export function slimDataVolume(volume: DataVolume): DataVolume {
  const { apiVersion, kind, spec, status } = volume
  return {
    apiVersion,
    kind,
    metadata: slimMetadata(volume.metadata),
    spec: { ...slimTemplate({ metadata: { name: '' }, spec }).spec, ...defined('source', spec.source) },
    ...(status === undefined
      ? {}
      : {
          status: {
            ...defined('phase', status.phase),
            ...defined('progress', status.progress),
            ...defined('restartCount', status.restartCount),
            ...defined('conditions', status.conditions),
          },
        }),
  }
}

/** A claim as the core group has it; only these parts are read. */
export interface ClaimObject extends KubeObject {
  spec: {
    storageClassName?: string
    volumeName?: string
    volumeMode?: string
    accessModes?: string[]
    resources?: { requests?: Record<string, string> }
  }
  status?: { phase?: string; capacity?: Record<string, string>; conditions?: Condition[] }
}

/** On a claim: bytes its volume takes on its storage, where that says so. */
export const allocatedAnnotation = 'berth.dev/allocated-bytes'

export function slimClaim(claim: ClaimObject): ClaimObject {
  const { apiVersion, kind, spec, status } = claim
  const request = spec.resources?.requests?.['storage']
  const capacity = status?.capacity?.['storage']
  const allocated = claim.metadata.annotations?.[allocatedAnnotation]
  return {
    apiVersion,
    kind,
    metadata: {
      ...slimMetadata(claim.metadata),
      ...(allocated === undefined ? {} : { annotations: { [allocatedAnnotation]: allocated } }),
    },
    spec: {
      ...defined('storageClassName', spec.storageClassName),
      ...defined('volumeName', spec.volumeName),
      ...defined('volumeMode', spec.volumeMode),
      ...defined('accessModes', spec.accessModes),
      ...(request === undefined ? {} : { resources: { requests: { storage: request } } }),
    },
    ...(status === undefined
      ? {}
      : {
          status: {
            ...defined('phase', status.phase),
            ...defined('conditions', status.conditions),
            ...(capacity === undefined ? {} : { capacity: { storage: capacity } }),
          },
        }),
  }
}

export function slimMetadata(metadata: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels } = metadata
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  return {
    ...defined('name', name),
    ...defined('namespace', namespace),
    ...defined('uid', uid),
    ...defined('resourceVersion', resourceVersion),
    ...defined('creationTimestamp', creationTimestamp),
    ...defined('deletionTimestamp', deletionTimestamp),
    ...defined('labels', labels),
    ...(owner === undefined ? {} : { ownerReferences: [owner] }),
  }
}

function slimSpec(spec: VirtualMachineInstanceSpec | undefined): VirtualMachineInstanceSpec {
  if (spec === undefined) return { domain: { devices: {} } }
  return {
    domain: slimDomain(spec.domain),
    ...defined('networks', spec.networks),
    ...defined('volumes', spec.volumes?.map(slimVolume)),
    ...defined('livenessProbe', spec.livenessProbe),
    ...defined('startStrategy', spec.startStrategy),
    ...defined('terminationGracePeriodSeconds', spec.terminationGracePeriodSeconds),
  }
}

function slimDomain(domain: DomainSpec | undefined): DomainSpec {
  const devices: Partial<DomainSpec['devices']> = domain?.devices ?? {}
  const acpi = domain?.features?.acpi
  const memory = domain?.resources?.requests?.['memory']
  return {
    ...defined('cpu', domain?.cpu),
    ...defined('memory', domain?.memory),
    ...(memory === undefined ? {} : { resources: { requests: { memory } } }),
    ...(domain?.firmware?.bootloader === undefined ? {} : { firmware: { bootloader: domain.firmware.bootloader } }),
    ...(acpi === undefined ? {} : { features: { acpi } }),
    ...(domain?.launchSecurity === undefined ? {} : { launchSecurity: {} }),
    devices: {
      ...defined('autoattachGraphicsDevice', devices.autoattachGraphicsDevice),
      ...defined('autoattachSerialConsole', devices.autoattachSerialConsole),
      ...defined('autoattachPodInterface', devices.autoattachPodInterface),
      ...defined('autoattachVSOCK', devices.autoattachVSOCK),
      ...defined(
        'disks',
        devices.disks?.map(({ name, cdrom, lun }) => ({
          name,
          ...(cdrom === undefined ? {} : { cdrom: {} }),
          ...(lun === undefined ? {} : { lun: {} }),
        })),
      ),
      ...defined(
        'interfaces',
        devices.interfaces?.map(({ name, sriov }) => ({ name, ...(sriov === undefined ? {} : { sriov: {} }) })),
      ),
      ...defined('gpus', devices.gpus),
      ...defined('hostDevices', devices.hostDevices),
      ...defined('filesystems', devices.filesystems),
      ...defined('tpm', devices.tpm),
      ...defined('watchdog', devices.watchdog),
    },
  }
}

/** Everything but what cloud-init is told: it is long, and may be secret. */
function slimVolume(volume: Volume): Volume {
  if (volume.cloudInitNoCloud !== undefined) return { name: volume.name, cloudInitNoCloud: {} }
  if (volume.cloudInitConfigDrive !== undefined) return { name: volume.name, cloudInitConfigDrive: {} }
  return volume
}

function slimTemplate({ metadata, spec }: DataVolumeTemplate): DataVolumeTemplate {
  const wanted = spec.storage ?? spec.pvc
  const size = wanted?.resources?.requests?.['storage']
  const { url } = spec.source?.http ?? {}
  return {
    metadata: { name: metadata.name },
    spec: {
      ...(url === undefined ? {} : { source: { http: { url } } }),
      ...defined('sourceRef', spec.sourceRef),
      storage: {
        ...defined('storageClassName', wanted?.storageClassName),
        ...(size === undefined ? {} : { resources: { requests: { storage: size } } }),
      },
    },
  }
}

function osOf(info: Record<string, string> | undefined): Record<string, string> | undefined {
  if (info === undefined) return undefined
  return {
    ...defined('prettyName', info['prettyName']),
    ...defined('name', info['name']),
    ...defined('version', info['version']),
  }
}

/** A field, unless it is not there. */
function defined<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  // A computed key widens to an index signature; there is only this one.
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value }
}
