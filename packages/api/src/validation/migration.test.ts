import { describe, expect, it } from 'vitest'
import { defaultConfiguration, resolveConfiguration } from '../configuration/cluster-configuration.ts'
import { told } from '../testing/causes.ts'
import { exampleInstance } from '../testing/examples.ts'
import type { MigrationPolicy, VirtualMachineInstanceMigration } from '../types/migration.ts'
import {
  migrationSelectorLabel,
  validateMigrationCreate,
  validateMigrationPolicy,
  validateMigrationUpdate,
  type MigrationAdmission,
} from './migration.ts'

type Spec = VirtualMachineInstanceMigration['spec']

function migration(spec: Spec, more: Partial<VirtualMachineInstanceMigration> = {}): VirtualMachineInstanceMigration {
  const metadata = { name: 'm', namespace: 'default', uid: 'm-1' }
  return { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstanceMigration', metadata, spec, ...more }
}

const usual: MigrationAdmission = {
  configuration: defaultConfiguration,
  trusted: false,
  instance: exampleInstance('Running'),
  others: [],
}
const conditions = [{ type: 'LiveMigratable', status: 'False' as const, reason: 'OneNode', message: 'one node only' }]
const off = resolveConfiguration({ developerConfiguration: { disabledFeatureGates: ['DecentralizedLiveMigration'] } })
const receive = { migrationID: 'a' }

describe('a new migration', () => {
  it.each<[string, Spec, Partial<MigrationAdmission>, string]>([
    ['no name', {}, {}, 'Required spec.vmiName: vmiName is missing'],
    [
      'a priority',
      { vmiName: 'web', priority: 'system-critical' },
      {},
      'Forbidden spec.migrationPriority: Migration priority queue, only virt-controller is allowed to set priority field',
    ],
    ['no instance', { vmiName: 'web' }, { instance: undefined }, 'the VMI "default/web" does not exist'],
    [
      'one that ended',
      { vmiName: 'web' },
      { instance: exampleInstance('Failed') },
      'Cannot migrate VMI in finalized state.',
    ],
    [
      'one that cannot move',
      { vmiName: 'web' },
      { instance: exampleInstance('Running', { conditions }) },
      'Cannot migrate VMI, Reason: OneNode, Message: one node only',
    ],
    [
      'one that moves',
      { vmiName: 'web' },
      { others: [migration({ vmiName: 'web' }, { status: { phase: 'Running' } })] },
      'in-flight migration detected. Active migration job (m-1) is currently already in progress for VMI web.',
    ],
    [
      'between clusters without the gate',
      { vmiName: 'web', receive },
      { configuration: off },
      'NotSupported: DecentralizedLiveMigration feature gate is not enabled in kubevirt resource',
    ],
    [
      'two names for one move',
      { vmiName: 'web', receive, sendTo: { connectURL: 'x', migrationID: 'b' } },
      {},
      'Invalid: sendTo migrationID b does not match receive migrationID a',
    ],
  ])('%s', (_what, spec, more, message) => {
    const refusal = validateMigrationCreate(migration(spec), { ...usual, ...more })
    expect(refusal?.kind === 'plain' ? refusal.message : refusal?.causes.map(told).join()).toBe(message)
  })

  it('is made beside those that are done', () => {
    const others = [migration({ vmiName: 'web' }, { status: { phase: 'Succeeded' } })]
    expect(validateMigrationCreate(migration({ vmiName: 'web' }), { ...usual, others })).toBeUndefined()
  })
})

describe('a migration that is there', () => {
  const labels = { [migrationSelectorLabel]: 'web' }
  const before = migration({ vmiName: 'web' }, { metadata: { name: 'm', labels } })

  it.each<[string, VirtualMachineInstanceMigration, string[]]>([
    ['itself', before, []],
    ['another spec', { ...before, spec: {} }, ["NotSupported: update of Migration object's spec is restricted"]],
    [
      'no label',
      { ...before, metadata: { name: 'm' } },
      ["NotSupported: selector label can't be removed from an in-flight migration"],
    ],
    [
      'another label',
      { ...before, metadata: { name: 'm', labels: { ...labels, [migrationSelectorLabel]: 'db' } } },
      ["NotSupported: selector label can't be modified on an in-flight migration"],
    ],
    ['no label when done', { ...before, metadata: { name: 'm' }, status: { phase: 'Failed' } }, []],
  ])('%s', (_what, after, causes) => {
    expect(validateMigrationUpdate(after, before).map(told)).toEqual(causes)
  })
})

describe('a migration policy', () => {
  const policy = (spec: MigrationPolicy['spec']): MigrationPolicy => ({
    apiVersion: 'migrations.kubevirt.io/v1alpha1',
    kind: 'MigrationPolicy',
    metadata: { name: 'p' },
    spec,
  })
  const gated = resolveConfiguration({
    developerConfiguration: { featureGates: ['MigrationStallDetection', 'MigrationDowntimeTuning'] },
  })
  const at = 'Invalid spec.experimental.stallDetector'

  it.each<[string, MigrationPolicy['spec'], boolean, string[]]>([
    ['usual settings', { bandwidthPerMigration: '64Mi', completionTimeoutPerGiB: 0 }, false, []],
    [
      'negative settings',
      { bandwidthPerMigration: '-1', completionTimeoutPerGiB: -1 },
      false,
      [
        'Invalid spec.completionTimeoutPerGiB: must not be negative',
        'Invalid spec.bandwidthPerMigration: must not be negative',
      ],
    ],
    [
      'what needs a gate',
      { maxDowntimeMs: 5, experimental: { downtimeTuning: {}, stallDetector: {} } },
      false,
      [
        'Invalid spec.maxDowntimeMs: maxDowntimeMs cannot be modified without enabling the MigrationStallDetection or MigrationDowntimeTuning feature gate',
        'Invalid spec.experimental.downtimeTuning: experimental.downtimeTuning cannot be modified without enabling the MigrationDowntimeTuning feature gate',
        'Invalid spec.experimental: experimental.stallDetector and experimental.downtimeTuning are mutually exclusive; the stall detection path manages its own downtime schedule',
        'Invalid spec.experimental.stallDetector: experimental.stallDetector cannot be modified without enabling the MigrationStallDetection feature gate',
      ],
    ],
    [
      'factors',
      {
        experimental: {
          stallDetector: {
            ewmaAlpha: '0',
            precopyPossibleFactor: '900m',
            patienceWindowDecayFactor: '1500m',
            completionTimeoutFactor: '2.0001',
          },
        },
      },
      true,
      [
        `${at}.ewmaAlpha: must be greater than 0`,
        `${at}.precopyPossibleFactor: must be greater than or equal to 1`,
        `${at}.patienceWindowDecayFactor: must be less than or equal to 1`,
        `${at}.completionTimeoutFactor: invalid scalar "2000100u": must have at most 3 decimal places`,
      ],
    ],
  ])('%s', (_what, spec, gates, causes) => {
    const configuration = gates ? gated : defaultConfiguration
    expect(validateMigrationPolicy(policy(spec), { configuration }).map(told)).toEqual(causes)
  })

  it('keeps what it has when a gate is turned off', () => {
    const previous = policy({ maxDowntimeMs: 5, experimental: { stallDetector: { ewmaAlpha: '500m' } } })
    expect(
      validateMigrationPolicy(structuredClone(previous), { configuration: defaultConfiguration, previous }),
    ).toEqual([])
  })
})
