import { getCondition } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'
import type { MigratedVolume, Volume } from '../types/volume.ts'
import { changedClaims, needsRecovery, unmovable, withVolumeUpdate } from './volume-update.ts'

const now = new Date('2026-01-01T00:00:00Z')
const claim = (name: string, claimName: string): Volume => ({ name, persistentVolumeClaim: { claimName } })
const filled = (name: string, dataVolume: string): Volume => ({ name, dataVolume: { name: dataVolume } })
const moved = (volumeName: string, from: string, to: string): MigratedVolume => ({
  volumeName,
  sourcePVCInfo: { claimName: from },
  destinationPVCInfo: { claimName: to },
})

describe('claims that changed', () => {
  it.each<[string, Volume[], Volume[], string[]]>([
    ['none', [claim('a', 'one')], [claim('a', 'one')], []],
    ['another claim', [claim('a', 'two')], [claim('a', 'one')], ['a one two']],
    ['a DataVolume of the same name', [filled('a', 'one')], [claim('a', 'one')], []],
    ['a DataVolume', [filled('a', 'two')], [filled('a', 'one')], ['a one two']],
    ['a volume that came', [claim('a', 'one'), claim('b', 'two')], [claim('a', 'one')], []],
    ['a volume that went', [], [claim('a', 'one')], []],
    ['what is no claim', [{ name: 'a', emptyDisk: { capacity: '1Gi' } }], [claim('a', 'one')], []],
  ])('%s', (_, template, instance, expected) => {
    const changes = changedClaims({ volumes: template }, { volumes: instance })
    expect(changes.map(({ volume, from, to }) => `${volume} ${from} ${to}`)).toEqual(expected)
  })

  it('says what cannot move', () => {
    const devices = {
      disks: [
        { name: 'a', shareable: true },
        { name: 'b', lun: {} },
        { name: 'c', disk: {} },
      ],
      filesystems: [{ name: 'd', virtiofs: {} }],
    }
    const changes = ['a', 'b', 'c', 'd'].map((volume) => ({ volume, from: 'one', to: 'two' }))
    expect(unmovable(changes, { domain: { devices } })).toBe(
      'invalid volumes to update with migration: filesystems: [d] shareable: [a] luns: [b]',
    )
    expect(unmovable(changes.slice(2, 3), { domain: { devices } })).toBeUndefined()
  })
})

describe('a machine whose volumes were moving', () => {
  const machineOn = (claims: string[], strategy: 'Migration' | 'Replacement' = 'Migration'): VirtualMachine => ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'm' },
    spec: {
      runStrategy: 'Always',
      updateVolumesStrategy: strategy,
      template: {
        spec: { domain: { devices: {} }, volumes: claims.map((name, index) => claim(`v${index}`, name)) },
      },
    },
    status: {
      volumeUpdateState: {
        volumeMigrationState: { migratedVolumes: [moved('v0', 'a0', 'b0'), moved('v1', 'a1', 'b1')] },
      },
    },
  })
  const instanceOn = (claims: string[], phase: 'Running' | 'Failed'): VirtualMachineInstance => ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'm' },
    spec: { domain: { devices: {} }, volumes: claims.map((name, index) => claim(`v${index}`, name)) },
    status: { phase },
  })

  // template, instance (claims and phase), strategy: volumes still to move, recovery
  it.each<
    [string, string[], [string[], 'Running' | 'Failed'] | undefined, 'Migration' | 'Replacement', string[], boolean]
  >([
    ['runs', ['b0', 'b1'], [['a0', 'a1'], 'Running'], 'Migration', ['v0', 'v1'], false],
    ['ended before anything moved', ['b0', 'b1'], [['a0', 'a1'], 'Failed'], 'Migration', ['v0', 'v1'], true],
    ['ended half-way', ['b0', 'b1'], [['b0', 'a1'], 'Failed'], 'Migration', ['v1'], true],
    ['ended when all had moved', ['b0', 'b1'], [['b0', 'b1'], 'Failed'], 'Migration', [], false],
    ['is gone', ['b0', 'b1'], undefined, 'Migration', ['v0', 'v1'], true],
    ['was set back', ['a0', 'a1'], undefined, 'Migration', [], false],
    ['was set back where it had not moved', ['b0', 'a1'], [['b0', 'a1'], 'Failed'], 'Migration', [], false],
    ['moves no more by its strategy', ['b0', 'b1'], undefined, 'Replacement', [], false],
  ])('%s', (_, template, instance, strategy, left, recovery) => {
    const machine = machineOn(template, strategy)
    const status = withVolumeUpdate(machine.status ?? {}, {
      machine,
      instance: instance === undefined ? undefined : instanceOn(...instance),
      now,
    })
    const waiting = status.volumeUpdateState?.volumeMigrationState?.migratedVolumes ?? []
    expect(waiting.map(({ volumeName }) => volumeName)).toEqual(left)
    expect(getCondition(status.conditions, 'ManualRecoveryRequired')?.status === 'True').toBe(recovery)
    expect(needsRecovery({ ...machine, status })).toBe(left.length > 0)
  })
})
