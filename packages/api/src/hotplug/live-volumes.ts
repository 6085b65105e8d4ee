/** Whether a template's volumes and disks changed only in what can change while the machine runs. Source: KubeVirt's vm controller. */

import { semanticallyEqual } from '../status/semantic-equality.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { isHotpluggable } from './declared-volumes.ts'

export function onlyVolumesChangedLive(
  started: VirtualMachineInstanceSpec,
  current: VirtualMachineInstanceSpec,
): boolean {
  const now = new Map((current.volumes ?? []).map((volume) => [volume.name, volume]))
  const before = new Map((started.volumes ?? []).map((volume) => [volume.name, volume]))
  for (const [name, volume] of now) {
    if (isHotpluggable(volume)) continue
    const earlier = before.get(name)
    if (earlier === undefined || !semanticallyEqual(earlier, volume)) return false
  }
  return [...before].every(([name, volume]) => now.has(name) || isHotpluggable(volume))
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
