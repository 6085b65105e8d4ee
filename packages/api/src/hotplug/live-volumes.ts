/** Whether a template's volumes and disks changed only in what can change while the machine runs. Source: KubeVirt's vm controller. */

import { semanticallyEqual } from '../status/semantic-equality.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { Volume } from '../types/volume.ts'
import { isHotpluggable } from './declared-volumes.ts'

/** @param moving whether the claims of volumes may change while the machine runs */
export function onlyVolumesChangedLive(
  started: VirtualMachineInstanceSpec,
  current: VirtualMachineInstanceSpec,
  moving = false,
): boolean {
  const [now, before] = [byName(current.volumes), byName(started.volumes)]
  for (const [name, volume] of now) {
    if (isHotpluggable(volume)) continue
    const earlier = before.get(name)
    if (earlier === undefined) return false
    if (moving && (volume.persistentVolumeClaim !== undefined || volume.dataVolume !== undefined)) continue
    if (!semanticallyEqual(earlier, volume)) return false
  }
  return [...before].every(([name, volume]) => now.has(name) || isHotpluggable(volume))
}

/** Claims for memory dumps come and go with the dumps, and are no disks of the guest. */
function byName(volumes: readonly Volume[] = []): Map<string, Volume> {
  const disks = volumes.filter(({ memoryDump }) => memoryDump === undefined)
  return new Map(disks.map((volume) => [volume.name, volume]))
}

export function onlyDisksChangedLive(
  started: VirtualMachineInstanceSpec,
  current: VirtualMachineInstanceSpec,
): boolean {
  const [volumes, volumesBefore] = [current, started].map(
    (spec) => new Map((spec.volumes ?? []).map((volume) => [volume.name, volume])),
  )
  const now = new Map((current.domain.devices.disks ?? []).map((disk) => [disk.name, disk]))
  const before = new Map((started.domain.devices.disks ?? []).map((disk) => [disk.name, disk]))
  for (const [name, disk] of now) {
    const volume = volumes?.get(name)
    if (volume !== undefined && isHotpluggable(volume)) continue
    const earlier = before.get(name)
    if (earlier === undefined || !semanticallyEqual(earlier, disk)) return false
  }
  return [...before].every(([name, disk]) => {
    if (now.has(name)) return true
    const volume = volumesBefore?.get(name)
    return disk.cdrom === undefined && (volume === undefined || isHotpluggable(volume))
  })
}
