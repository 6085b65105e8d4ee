/** Admission of disks: targets, buses, serial numbers, boot order. */

import type { StatusCause } from '@berth/meta'
import type { Disk } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { duplicateField, duplicates, invalidField, unsupportedField, type Rule } from './cause.ts'

interface Item {
  disk: Disk
  field: string
}

const buses = ['virtio', 'sata', 'scsi', 'usb']
const maxSerial = 256

const diskRules: readonly { name: string; causes: (item: Item) => StatusCause[] }[] = [
  {
    name: 'one target',
    causes: ({ disk, field }) =>
      targets(disk).length > 1 ? [invalidField(field, `${field} can have only a single target type.`)] : [],
  },
  {
    name: 'name',
    causes: ({ disk, field }) =>
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(disk.name)
        ? []
        : [
            invalidField(
              `${field}.name`,
              `${field}.name '${disk.name.slice(0, 80)}' cannot be used as the name of a disk.`,
            ),
          ],
  },
  {
    name: 'bus',
    causes: ({ disk, field }) =>
      targets(disk).flatMap(({ kind, bus }) => {
        const at = `${field}.${kind}.bus`
        if (bus === undefined) return []
        if (bus === 'ide') return [unsupportedField(at, 'IDE bus is not supported')]
        if (!buses.includes(bus)) {
          return [
            unsupportedField(at, `${at} is set with an unrecognized bus ${bus}, must be one of: [${buses.join(' ')}]`),
          ]
        }
        if (kind === 'cdrom' && bus === 'virtio')
          return [invalidField(at, `Bus type ${bus} is invalid for CD-ROM device`)]
        return []
      }),
  },
  {
    name: 'read-only',
    causes: ({ disk, field }) =>
      disk.disk?.readonly === true && (disk.disk.bus ?? 'sata') === 'sata'
        ? [invalidField(`${field}.disk.readonly`, `${field}.disk.bus sata does not support a read-only hard disk.`)]
        : [],
  },
  {
    name: 'serial',
    causes: ({ disk, field }) => {
      const { serial } = disk
      if (serial === undefined) return []
      if (serial.length > maxSerial) {
        return [
          invalidField(
            `${field}.serial`,
            `${field}.serial must be less than or equal to ${maxSerial} in length, if specified`,
          ),
        ]
      }
      if (!/^[A-Za-z0-9_.+-]*$/.test(serial)) {
        return [
          invalidField(
            `${field}.serial`,
            `${field}.serial must be made up of the following characters [A-Za-z0-9_.+-], if specified`,
          ),
        ]
      }
      return []
    },
  },
  oneOf('cache', ['none', 'writethrough', 'writeback'], (at, value) => `${at} has invalid value ${value}`),
  oneOf(
    'io',
    ['native', 'threads'],
    (at) => `Disk IO mode for ${at} is not supported. Supported modes are: native, threads.`,
  ),
  oneOf('errorPolicy', ['stop', 'ignore', 'report', 'enospace'], (at, value) => `${at} has invalid value "${value}"`),
]

function oneOf(key: 'cache' | 'io' | 'errorPolicy', allowed: string[], message: (at: string, value: string) => string) {
  return {
    name: key,
    causes: ({ disk, field }: Item): StatusCause[] => {
      const value = disk[key]
      const at = `${field}.${key}`
      return value === undefined || allowed.includes(value) ? [] : [invalidField(at, message(at, value))]
    },
  }
}

function targets(disk: Disk): { kind: 'disk' | 'cdrom' | 'lun'; bus: string | undefined }[] {
  return (['disk', 'cdrom', 'lun'] as const).flatMap((kind) => {
    const target = disk[kind]
    return target === undefined ? [] : [{ kind, bus: target.bus }]
  })
}

export const diskAdmission: readonly Rule<VirtualMachineInstanceSpec>[] = [
  {
    name: 'each disk',
    causes: (spec, field) =>
      (spec.domain.devices.disks ?? []).flatMap((disk, index) =>
        diskRules.flatMap((rule) => rule.causes({ disk, field: `${field}.domain.devices.disks[${index}]` })),
      ),
  },
  {
    name: 'unique names',
    causes: (spec, field) =>
      duplicates(spec.domain.devices.disks ?? [], `${field}.domain.devices.disks`, ({ name }) => name),
  },
  {
    name: 'a volume for every disk',
    causes: (spec, field) => {
      const volumes = new Set((spec.volumes ?? []).map(({ name }) => name))
      return (spec.domain.devices.disks ?? []).flatMap(({ name }, index) => {
        const at = `${field}.domain.devices.disks[${index}].name`
        return volumes.has(name) ? [] : [invalidField(at, `${at} '${name}' not found.`)]
      })
    },
  },
  {
    name: 'read-only claims',
    causes: (spec, field) => {
      const readOnly = new Set(
        (spec.volumes ?? [])
          .filter((volume) => volume.persistentVolumeClaim?.readOnly === true)
          .map(({ name }) => name),
      )
      return (spec.domain.devices.disks ?? []).flatMap((disk, index) => {
        const onSata = disk.cdrom === undefined && disk.lun === undefined && (disk.disk?.bus ?? 'sata') === 'sata'
        const at = `${field}.domain.devices.disks[${index}].disk.bus`
        const message = `${at} sata does not support a read-only hard disk; its claim is read-only, so use virtio or scsi.`
        return onSata && readOnly.has(disk.name) ? [invalidField(at, message)] : []
      })
    },
  },
  {
    name: 'LUNs are whole volumes',
    causes: (spec, field) => {
      const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]))
      return (spec.domain.devices.disks ?? []).flatMap((disk, index) => {
        const volume = volumes.get(disk.name)
        if (disk.lun === undefined || volume === undefined) return []
        if (volume.dataVolume !== undefined || volume.persistentVolumeClaim !== undefined) return []
        const at = `${field}.domain.devices.disks[${index}].lun`
        return [invalidField(at, `${at} can only be mapped to a DataVolume or PersistentVolumeClaim volume.`)]
      })
    },
  },
  { name: 'boot order', causes: bootOrder },
]

/** Disks and network cards share one order. */
function bootOrder(spec: VirtualMachineInstanceSpec, field: string): StatusCause[] {
  const seen = new Set<number>()
  const devices = [
    ...(spec.domain.devices.disks ?? []).map(({ bootOrder: order }, index) => ({ order, at: `disks[${index}]` })),
    ...(spec.domain.devices.interfaces ?? []).map(({ bootOrder: order }, index) => ({
      order,
      at: `interfaces[${index}]`,
    })),
  ]
  return devices.flatMap(({ order, at }) => {
    if (order === undefined) return []
    const path = `${field}.domain.devices.${at}.bootOrder`
    if (order < 1) return [invalidField(path, `${path} must have a boot order > 0, if supplied`)]
    if (seen.has(order)) {
      return [duplicateField(path, `Boot order for ${path} already set for a different device.`)]
    }
    seen.add(order)
    return []
  })
}
