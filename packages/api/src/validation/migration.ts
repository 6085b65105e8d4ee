/** Admission of migrations, and of policies for them. What depends on other objects is told to the functions. */

import { deepEqual, getCondition, type StatusCause } from '@berth/meta'
import type { ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import { isFinal } from '../status/phase.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { MigrationPolicy, VirtualMachineInstanceMigration } from '../types/migration.ts'
import { amountOf } from './amount.ts'
import { forbiddenField, invalidField, requiredField } from './cause.ts'

/** Puts a migration beside its instance's others. */
export const migrationSelectorLabel = 'kubevirt.io/vmi-name'

export interface MigrationAdmission {
  configuration: ClusterConfiguration
  /** The request comes from the engine's own controllers, which alone may set a priority. */
  trusted: boolean
  /** The instance to migrate; undefined when there is none. */
  instance: VirtualMachineInstance | undefined
  /** The other migrations of that instance. */
  others: readonly VirtualMachineInstanceMigration[]
}

/** Causes of a 422; or a plain refusal, of which KubeVirt makes a 400. */
export type MigrationRefusal = { kind: 'causes'; causes: StatusCause[] } | { kind: 'plain'; message: string }

/** @returns undefined when the migration may be made */
export function validateMigrationCreate(
  migration: VirtualMachineInstanceMigration,
  options: MigrationAdmission,
): MigrationRefusal | undefined {
  const { configuration, trusted, instance, others } = options
  const { vmiName = '', priority, sendTo, receive } = migration.spec
  if (vmiName === '') return refusal(requiredField('spec.vmiName', 'vmiName is missing'))
  if (priority !== undefined && !trusted) {
    const message = 'Migration priority queue, only virt-controller is allowed to set priority field'
    return refusal(forbiddenField('spec.migrationPriority', message))
  }
  if (instance === undefined) return plain(`the VMI "${migration.metadata.namespace ?? ''}/${vmiName}" does not exist`)
  if (isFinal(instance)) return plain('Cannot migrate VMI in finalized state.')
  const decentralized = sendTo !== undefined || receive !== undefined
  const problem = notMigratable(instance, decentralized) ?? inFlight(others)
  if (problem !== undefined) return plain(problem)
  if (decentralized && !configuration.enabled('DecentralizedLiveMigration')) {
    const message = 'DecentralizedLiveMigration feature gate is not enabled in kubevirt resource'
    return refusal({ reason: 'FieldValueNotSupported', message })
  }
  if (sendTo !== undefined && receive !== undefined && sendTo.migrationID !== receive.migrationID) {
    const message = `sendTo migrationID ${sendTo.migrationID} does not match receive migrationID ${receive.migrationID}`
    return refusal({ reason: 'FieldValueInvalid', message })
  }
  return undefined
}

function refusal(cause: StatusCause): MigrationRefusal {
  return { kind: 'causes', causes: [cause] }
}

function plain(message: string): MigrationRefusal {
  return { kind: 'plain', message }
}

/** Between clusters, disks travel too. */
function notMigratable(instance: VirtualMachineInstance, decentralized: boolean): string | undefined {
  const condition = getCondition(instance.status?.conditions, 'LiveMigratable')
  if (condition?.status !== 'False') return undefined
  if (condition.reason === 'DisksNotLiveMigratable' && decentralized) return undefined
  return `Cannot migrate VMI, Reason: ${condition.reason ?? ''}, Message: ${condition.message ?? ''}`
}

function inFlight(others: readonly VirtualMachineInstanceMigration[]): string | undefined {
  const active = others.find(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
  if (active === undefined) return undefined
  const { metadata, spec } = active
  return `in-flight migration detected. Active migration job (${metadata.uid ?? ''}) is currently already in progress for VMI ${spec.vmiName ?? ''}.`
}

/** The spec never changes, and a migration under way stays beside its instance's others. */
export function validateMigrationUpdate(
  migration: VirtualMachineInstanceMigration,
  previous: VirtualMachineInstanceMigration,
): StatusCause[] {
  if (!deepEqual(migration.spec, previous.spec)) return [unsupported("update of Migration object's spec is restricted")]
  const phase = migration.status?.phase
  const before = previous.metadata.labels?.[migrationSelectorLabel]
  if (phase === 'Succeeded' || phase === 'Failed' || before === undefined) return []
  const { labels } = migration.metadata
  if (labels === undefined) return [unsupported("selector label can't be removed from an in-flight migration")]
  return labels[migrationSelectorLabel] === before
    ? []
    : [unsupported("selector label can't be modified on an in-flight migration")]
}

function unsupported(message: string): StatusCause {
  return { reason: 'FieldValueNotSupported', message }
}

/** @param previous the stored object on an update: what it has may stay when its gate was turned off */
export function validateMigrationPolicy(
  { spec }: MigrationPolicy,
  { configuration, previous }: { configuration: ClusterConfiguration; previous?: MigrationPolicy | undefined },
): StatusCause[] {
  const causes: StatusCause[] = []
  const stall = configuration.enabled('MigrationStallDetection')
  const tuning = configuration.enabled('MigrationDowntimeTuning')
  if ((spec.completionTimeoutPerGiB ?? 0) < 0) {
    causes.push(invalidField('spec.completionTimeoutPerGiB', 'must not be negative'))
  }
  const downtime = spec.maxDowntimeMs
  if (downtime !== undefined && downtime !== previous?.spec.maxDowntimeMs && !stall && !tuning) {
    const message =
      'maxDowntimeMs cannot be modified without enabling the MigrationStallDetection or MigrationDowntimeTuning feature gate'
    causes.push(invalidField('spec.maxDowntimeMs', message))
  }
  causes.push(...experimental(spec, previous?.spec, { stall, tuning }))
  if (amountOf(spec.bandwidthPerMigration).nanos < 0n) {
    causes.push(invalidField('spec.bandwidthPerMigration', 'must not be negative'))
  }
  return causes
}

function experimental(
  spec: MigrationPolicy['spec'],
  previous: MigrationPolicy['spec'] | undefined,
  gates: { stall: boolean; tuning: boolean },
): StatusCause[] {
  const { downtimeTuning, stallDetector } = spec.experimental ?? {}
  const before = previous?.experimental ?? {}
  const causes: StatusCause[] = []
  const gated = (key: 'downtimeTuning' | 'stallDetector', gate: string): StatusCause =>
    invalidField(
      `spec.experimental.${key}`,
      `experimental.${key} cannot be modified without enabling the ${gate} feature gate`,
    )
  if (downtimeTuning !== undefined && !gates.tuning && !deepEqual(downtimeTuning, before.downtimeTuning)) {
    causes.push(gated('downtimeTuning', 'MigrationDowntimeTuning'))
  }
  if (downtimeTuning !== undefined && stallDetector !== undefined) {
    const message =
      'experimental.stallDetector and experimental.downtimeTuning are mutually exclusive; the stall detection path manages its own downtime schedule'
    causes.push(invalidField('spec.experimental', message))
  }
  if (stallDetector === undefined) return causes
  if (!gates.stall && !deepEqual(stallDetector, before.stallDetector)) {
    causes.push(gated('stallDetector', 'MigrationStallDetection'))
  }
  return [...causes, ...stallFactors(stallDetector)]
}

/** Factors of the stall detector with their bounds; the least of the first is not allowed itself. */
const factors = [
  { key: 'ewmaAlpha', min: 0, max: 1, above: true },
  { key: 'precopyPossibleFactor', min: 1, max: undefined, above: false },
  { key: 'patienceWindowDecayFactor', min: 0, max: 1, above: false },
  { key: 'completionTimeoutFactor', min: 1, max: undefined, above: false },
] as const
/** Three decimal places. */
const finest = 1_000_000n
const nano = 1_000_000_000

type StallDetector = Partial<Record<(typeof factors)[number]['key'], string>>

function stallFactors(detector: StallDetector): StatusCause[] {
  return factors.flatMap(({ key, min, max, above }) => {
    const written = detector[key]
    if (written === undefined) return []
    const field = `spec.experimental.stallDetector.${key}`
    const { nanos, text } = amountOf(written)
    const value = Number(nanos) / nano
    if (nanos < 0n) return [invalidField(field, `invalid scalar "${text}": must not be negative`)]
    if (nanos % finest !== 0n)
      return [invalidField(field, `invalid scalar "${text}": must have at most 3 decimal places`)]
    if (above && value <= min) return [invalidField(field, `must be greater than ${min}`)]
    if (value < min) return [invalidField(field, `must be greater than or equal to ${min}`)]
    return max !== undefined && value > max ? [invalidField(field, `must be less than or equal to ${max}`)] : []
  })
}
