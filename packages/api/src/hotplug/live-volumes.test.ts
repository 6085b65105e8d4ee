import { describe, expect, it } from 'vitest'
import type { Disk } from '../types/domain.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { Volume } from '../types/volume.ts'
import { declaredVolumes } from './declared-volumes.ts'
import { onlyDisksChangedLive, onlyVolumesChangedLive } from './live-volumes.ts'

const fixed: Volume = { name: 'fixed', persistentVolumeClaim: { claimName: 'fixed' } }
const plugged = (claimName = 'a', name = 'plugged'): Volume => ({
  name,
  persistentVolumeClaim: { claimName, hotpluggable: true },
})
const disk = (name: string): Disk => ({ name, disk: { bus: 'scsi' } })
const drive: Disk = { name: 'drive', cdrom: { bus: 'sata' } }

const specOf = (volumes: Volume[], disks: Disk[]): VirtualMachineInstanceSpec => ({
  volumes,
  domain: { devices: { disks } },
})

describe('a template whose disks changed', () => {
  it.each<[string, [Volume[], Disk[]], [Volume[], Disk[]], boolean]>([
    [
      'a hotpluggable volume comes',
      [[fixed], [disk('fixed')]],
      [
        [fixed, plugged()],
        [disk('fixed'), disk('plugged')],
      ],
      true,
    ],
    [
      'and goes',
      [
        [fixed, plugged()],
        [disk('fixed'), disk('plugged')],
      ],
      [[fixed], [disk('fixed')]],
      true,
    ],
    ['and changes', [[plugged('a')], [disk('plugged')]], [[plugged('b')], [disk('plugged')]], true],
    ['another volume comes', [[], []], [[fixed], [disk('fixed')]], false],
    ['and goes', [[fixed], [disk('fixed')]], [[], []], false],
    ['a medium comes into a drive', [[], [drive]], [[plugged('a', 'drive')], [drive]], true],
    ['a drive goes', [[], [drive]], [[], []], false],
  ])('is made so while it runs when %s: %#', (_, before, after, live) => {
    const [started, current] = [specOf(...before), specOf(...after)]
    expect(onlyVolumesChangedLive(started, current) && onlyDisksChangedLive(started, current)).toBe(live)
  })
})

describe('an instance that follows its template', () => {
  const instance = (volumes: Volume[], disks: Disk[], more: Partial<VirtualMachineInstance> = {}) => ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'web' },
    spec: specOf(volumes, disks),
    ...more,
  })

  it('stays as it is when nothing changed', () => {
    expect(declaredVolumes(specOf([fixed], [disk('fixed')]), instance([fixed], [disk('fixed')]))).toBeUndefined()
  })

  it('lets a changed volume go before it comes back', () => {
    const status = { volumeStatus: [{ name: 'plugged', target: 'sda' }] }
    const wanted = specOf([plugged('b')], [disk('plugged')])
    const first = declaredVolumes(wanted, instance([plugged('a')], [disk('plugged')], { status }))
    expect(first).toEqual({ volumes: [], disks: [] })
    expect(declaredVolumes(wanted, instance([], [], { status }))).toBeUndefined()
    expect(declaredVolumes(wanted, instance([], []))).toEqual({ volumes: [plugged('b')], disks: [disk('plugged')] })
  })

  it('keeps what was attached to it alone', () => {
    const metadata = { name: 'web', annotations: { 'berth.dev/ephemeral-volumes': 'plugged' } }
    expect(declaredVolumes(specOf([], []), instance([plugged()], [disk('plugged')], { metadata }))).toBeUndefined()
  })
})
