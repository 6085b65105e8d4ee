/** Admission of how disks, volumes and boot order fit together. */

import type { StatusCause } from '@berth/meta'
import type { Disk } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { Volume } from '../types/volume.ts'
import { invalidField, requiredField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'

export const bootOrderAdmission: readonly InstanceRule[] = [{ name: 'disks and their order', causes: disksAndOrder }]

/** Disks and network cards share one order. */
function disksAndOrder(spec: VirtualMachineInstanceSpec, place: Place): StatusCause[] {
  const { devices } = spec.domain
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]))
  const seen = new Set<number>()
  const at = `${place.field}.domain.devices`
  return [
    ...(devices.disks ?? []).flatMap((disk, index) => [
      ...onVolume(disk, volumes.get(disk.name), `${at}.disks[${index}]`, place),
      ...notTwice(disk.bootOrder, seen, `${at}.disks[${index}].bootOrder`),
    ]),
    ...(devices.interfaces ?? []).flatMap(({ bootOrder }, index) => {
      // KubeVirt names the card by the spec's path alone.
      const short = `${place.field}[${index}]`
      if (bootOrder !== undefined && bootOrder < 1) {
        return [invalidField(`${short}.bootOrder`, `${short} must have a boot order > 0, if supplied`)]
      }
      return notTwice(bootOrder, seen, `${at}.interfaces[${index}].bootOrder`)
    }),
  ]
}

function notTwice(order: number | undefined, seen: Set<number>, field: string): StatusCause[] {
  if (order === undefined) return []
  if (seen.has(order)) return [invalidField(field, `Boot order for ${field} already set for a different device.`)]
  seen.add(order)
  return []
}

function onVolume(disk: Disk, volume: Volume | undefined, field: string, { configuration }: Place): StatusCause[] {
  if (volume === undefined) {
    if (disk.cdrom === undefined) return [invalidField(`${field}.name`, `${field}.Name '${disk.name}' not found.`)]
    const message = 'DeclarativeHotplugVolumes feature gate not enabled, cannot define an empty CD-ROM disk'
    return configuration.enabled('DeclarativeHotplugVolumes') ? [] : [invalidField(`${field}.name`, message)]
  }
  const causes: StatusCause[] = []
  if (disk.lun !== undefined && volume.persistentVolumeClaim === undefined && volume.dataVolume === undefined) {
    const message = `${field}.lun can only be mapped to a DataVolume or PersistentVolumeClaim volume.`
    causes.push(invalidField(`${field}.lun`, message))
  }
  if (volume.downwardMetrics !== undefined) causes.push(...onMetrics(disk, field))
  return causes
}

function onMetrics({ disk }: Disk, field: string): StatusCause[] {
  if (disk === undefined) {
    const message = `DownwardMetrics volume must be mapped to a disk, but disk is not set on ${field}.disk.`
    return [requiredField(`${field}.disk`, message)]
  }
  const bus: string = disk.bus ?? ''
  if (bus === 'virtio' || bus === '') return []
  const message = `DownwardMetrics volume must be mapped to virtio bus, but ${field}.disk.bus is set to ${bus}`
  return [invalidField(`${field}.disk.bus`, message)]
}
