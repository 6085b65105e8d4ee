import type { VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { describe, expect, it } from 'vitest'
import { draftObject } from '../draft/draft.ts'
import { judgeMove, movingTo, nextDiskName, withDiskMoved, withDiskOn } from './disk-move.ts'

const volumes = [
  { name: 'root', dataVolume: { name: 'web-root' } },
  { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
]

const machine: VirtualMachine = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    dataVolumeTemplates: [{ metadata: { name: 'web-root' }, spec: { source: { blank: {} } } }],
    template: { spec: { domain: { devices: {} }, volumes } },
  },
}

const running = (claim: string, status: VirtualMachineInstance['status'] = {}): VirtualMachineInstance => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: 'web' },
  spec: { domain: { devices: {} }, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }] },
  status,
})

describe('a disk that moves', () => {
  it('is named in the place of the old one, whose template goes', () => {
    expect(
      draftObject(withDiskMoved(machine, { volume: 'root', from: 'web-root', claim: 'web-root-2' })),
    ).toMatchObject({
      spec: {
        updateVolumesStrategy: 'Migration',
        template: { spec: { volumes: [{ name: 'root', dataVolume: { name: 'web-root-2' } }, volumes[1]] } },
      },
    })
    const moved = draftObject(withDiskMoved(machine, { volume: 'root', from: 'web-root', claim: 'web-root-2' }))
    expect(moved?.['spec']).not.toHaveProperty('dataVolumeTemplates')
    const other = draftObject(withDiskMoved(machine, { volume: 'data', from: 'data', claim: 'data-2' }))
    expect(other?.['spec']).toMatchObject({ dataVolumeTemplates: machine.spec.dataVolumeTemplates })
  })

  it('is on the move while the guest has another claim than the machine names', () => {
    expect(movingTo(machine, running('data'), 'data')).toBeUndefined()
    const wanted = { ...machine, ...(draftObject(withDiskOn(machine, { volume: 'data', claim: 'data-2' })) as object) }
    expect(movingTo(wanted, running('data'), 'data')).toEqual({ from: 'data', to: 'data-2' })
  })

  const refused = { type: 'VolumesChange', status: 'False', message: 'invalid volumes' } as const
  const moving = { migratedVolumes: [{ volumeName: 'data' }] }
  it.each([
    ['waits to begin', running('data'), 'waiting'],
    ['has gone over, but not ended', running('data-2', moving), 'waiting'],
    ['has ended', running('data-2'), 'reached'],
    ['is refused', running('data', { conditions: [refused] }), 'hopeless'],
    ['lost its machine', undefined, 'hopeless'],
  ] as const)('%s', (_, instance, kind) => {
    expect(judgeMove(instance, { volume: 'data', claim: 'data-2' }).kind).toBe(kind)
  })

  it('is not judged by what was said of an earlier move', () => {
    const instance = running('data', { conditions: [refused] })
    expect(judgeMove(instance, { volume: 'data', claim: 'data-2', before: refused }).kind).toBe('waiting')
  })

  it.each([
    ['data', 'data-2'],
    ['data-2', 'data-3'],
    ['a'.repeat(63), `${'a'.repeat(58)}-2`],
  ])('gets a name of its own: %s', (from, to) => expect(nextDiskName(from)).toBe(to))
})
