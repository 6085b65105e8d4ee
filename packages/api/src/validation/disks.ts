/** Admission of disks: targets, buses, serial numbers, modes. A preset's disks follow these rules too. */

import { isDns1123Label, type StatusCause } from '@berth/meta'
import type { Disk } from '../types/domain.ts'
import { blockSize } from './block-size.ts'
import { invalidField, unsupportedField } from './cause.ts'
import { isPciAddress } from './pci-address.ts'

interface Item {
  disk: Disk
  index: number
  /** `spec.domain.devices.disks` */
  list: string
  /** `spec.domain.devices.disks[0]` */
  field: string
  /** Where the first ones of each name are. */
  namesakes: ReadonlyMap<string, number[]>
}

const maxSerial = 256

const diskRules: readonly { name: string; causes: (item: Item) => StatusCause[] }[] = [
  {
    name: 'unique names',
    causes: ({ disk, index, list, field, namesakes }) =>
      (namesakes.get(disk.name) ?? [])
        .filter((other) => other < index)
        .map((other) => invalidField(`${field}.name`, `${field} and ${list}[${other}] must not have the same Name.`)),
  },
  {
    name: 'one target',
    causes: ({ disk, field }) =>
      targetsOf(disk).length > 1 ? [invalidField(field, `${field} can only have a single target type defined`)] : [],
  },
  {
    name: 'PCI address',
    causes: ({ disk: { disk }, list, index }) => {
      const address = disk?.pciAddress ?? ''
      if (address === '') return []
      // KubeVirt writes the path twice here.
      const at = `${list}.domain.devices.disks.disk[${index}]`
      const causes: StatusCause[] = []
      if (disk?.bus !== 'virtio') {
        const message = `disk ${at}.name - setting a PCI address is only possible with bus type virtio.`
        causes.push(invalidField(`${at}.pciAddress`, message))
      }
      if (!isPciAddress(address)) {
        causes.push(invalidField(`${at}.pciAddress`, `disk ${at}.name has malformed PCI address (${address}).`))
      }
      return causes
    },
  },
  {
    name: 'boot order',
    causes: ({ disk, field }) =>
      disk.bootOrder !== undefined && disk.bootOrder < 1
        ? [invalidField(`${field}.bootOrder`, `${field} must have a boot order > 0, if supplied`)]
        : [],
  },
  { name: 'bus', causes: bus },
  {
    name: 'characters of the serial number',
    causes: ({ disk: { serial = '' }, field }) =>
      /^[A-Za-z0-9_.+-]*$/.test(serial)
        ? []
        : [
            invalidField(
              `${field}.serial`,
              `${field} must be made up of the following characters [A-Za-z0-9_.+-], if specified`,
            ),
          ],
  },
  {
    name: 'length of the serial number',
    causes: ({ disk: { serial = '' }, field }) =>
      serial.length > maxSerial && codePoints(serial) > maxSerial
        ? [
            invalidField(
              `${field}.serial`,
              `${field} must be less than or equal to ${maxSerial} in length, if specified`,
            ),
          ]
        : [],
  },
  {
    name: 'cache',
    causes: ({ disk: { cache = '' }, field }) =>
      ['', 'none', 'writethrough', 'writeback'].includes(cache)
        ? []
        : [invalidField(`${field}.cache`, `${field}.cache has invalid value ${cache}`)],
  },
  {
    name: 'I/O mode',
    causes: ({ disk: { io = '' }, list, index }) =>
      ['', 'native', 'threads'].includes(io)
        ? []
        : [
            unsupportedField(
              `${list}.domain.devices.disks[${index}].io`,
              `Disk IO mode for ${list} is not supported. Supported modes are: native, threads.`,
            ),
          ],
  },
  {
    name: 'error policy',
    causes: ({ disk: { errorPolicy }, field }) =>
      errorPolicy === undefined || ['stop', 'ignore', 'report', 'enospace'].includes(errorPolicy)
        ? []
        : [invalidField(`${field}.errorPolicy`, `${field}.errorPolicy has invalid value "${errorPolicy}"`)],
  },
  {
    name: 'name',
    causes: ({ disk, list, index }) =>
      isDns1123Label(disk.name).map((problem) => invalidField(`${list}.domain.devices.disks[${index}].name`, problem)),
  },
  { name: 'block size', causes: ({ disk, field }) => blockSize(disk.blockSize, busOf(disk), field) },
]

/** @param list path of the disks: `spec.domain.devices.disks` */
export function validateDisks(disks: readonly Disk[], list: string): StatusCause[] {
  const namesakes = new Map<string, number[]>()
  for (const [index, { name }] of disks.entries()) namesakes.set(name, [...(namesakes.get(name) ?? []), index])
  return disks.flatMap((disk, index) =>
    diskRules.flatMap((rule) => rule.causes({ disk, index, list, field: `${list}[${index}]`, namesakes })),
  )
}

type Target = 'disk' | 'lun' | 'cdrom'

function targetsOf(disk: Disk): Target[] {
  return (['disk', 'lun', 'cdrom'] as const).filter((target) => disk[target] !== undefined)
}

/** Of the first target, where there are several. */
function busOf(disk: Disk): string {
  const [target] = targetsOf(disk)
  return (target === undefined ? undefined : disk[target]?.bus) ?? ''
}

function bus({ disk, list, field, index }: Item): StatusCause[] {
  const [target] = targetsOf(disk)
  const value = busOf(disk)
  if (target === undefined || value === '') return []
  const causes = busProblem(disk, value, target, field)
  if (disk.dedicatedIOThread === true && value !== 'virtio') {
    const message = `IOThreads are not supported for disks on a ${value} bus`
    causes.push(unsupportedField(`${list}.domain.devices.disks[${index}]`, message))
  }
  return causes
}

function busProblem(disk: Disk, value: string, target: Target, field: string): StatusCause[] {
  const at = `${field}.${target}.bus`
  switch (value) {
    case 'ide':
      return [invalidField(at, 'IDE bus is not supported')]
    case 'virtio':
      return target === 'cdrom' ? [invalidField(at, `Bus type ${value} is invalid for CD-ROM device`)] : []
    case 'sata':
      return disk.disk?.readonly === true ? [invalidField(at, `${value} hard-disks do not support read-only.`)] : []
    case 'scsi':
    case 'usb':
      return []
    default:
      return [
        invalidField(at, `${field} is set with an unrecognized bus ${value}, must be one of: [virtio scsi sata usb]`),
      ]
  }
}

function codePoints(text: string): number {
  let count = 0
  for (const _point of text) count += 1
  return count
}
