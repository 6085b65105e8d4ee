/**
 * What a running instance's volumes and disks become when its machine's template changes. Source: KubeVirt's declarative volume
 * hotplug.
 */

import { deepEqual } from '@berth/meta'
import { annotations } from '../names.ts'
import type { Disk } from '../types/domain.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { Volume } from '../types/volume.ts'

export interface VolumesAndDisks {
  volumes: Volume[]
  disks: Disk[]
}

/** Whether a volume may come and go while its machine runs. */
export function isHotpluggable(volume: Volume): boolean {
  return volume.dataVolume?.hotpluggable === true || volume.persistentVolumeClaim?.hotpluggable === true
}

/** Volumes of this run only: attached to the instance, not to its machine. */
export function ephemeralVolumes({ metadata }: VirtualMachineInstance): string[] {
  return (metadata.annotations?.[annotations.ephemeralVolumes] ?? '').split(',').filter((name) => name !== '')
}

/** undefined when the instance has them as they are. A volume that changed goes first and comes back once it is gone. */
export function declaredVolumes(
  template: VirtualMachineInstanceSpec,
  instance: VirtualMachineInstance,
): VolumesAndDisks | undefined {
  const { volumes: before = [], domain } = instance.spec
  const disksBefore = domain.devices.disks ?? []
  const wanted = byName(template.volumes ?? [])
  const wantedDisks = byName(template.domain.devices.disks ?? [])
  const ownOfRun = new Set(ephemeralVolumes(instance))

  const kept = before.filter((volume) => {
    if (!isHotpluggable(volume) || ownOfRun.has(volume.name)) return true
    const now = wanted.get(volume.name)
    return now !== undefined && (!isHotpluggable(now) || deepEqual(now, volume))
  })
  const there = byName(before)
  const leaving = new Set((instance.status?.volumeStatus ?? []).map(({ name }) => name))
  const drives = new Set(disksBefore.filter(({ cdrom }) => cdrom !== undefined).map(({ name }) => name))
  const added = [...wanted.values()].filter(
    // What is being detached still has its status, as an empty drive always has.
    ({ name }) => !there.has(name) && (!leaving.has(name) || drives.has(name)),
  )
  const volumes = [...kept, ...added.filter(isHotpluggable)]

  const shown = byName(volumes)
  const keptDisks = disksBefore.filter((disk) => {
    if (shown.has(disk.name)) return true
    const now = wantedDisks.get(disk.name)
    if (now === undefined) return false
    return !wanted.has(disk.name) || (now.cdrom !== undefined && disk.cdrom !== undefined)
  })
  const known = byName(keptDisks)
  const addedDisks = [...wantedDisks.values()].filter(({ name }) => {
    const volume = shown.get(name)
    return volume !== undefined && isHotpluggable(volume) && !known.has(name)
  })
  const disks = [...keptDisks, ...addedDisks]
  return deepEqual(volumes, before) && deepEqual(disks, disksBefore) ? undefined : { volumes, disks }
}

function byName<T extends { name: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.name, item]))
}
