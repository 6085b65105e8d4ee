/** Disks as block graph (`-blockdev`) and device (`-device`), both in JSON. Images come in as file descriptors. */

import { createHash } from 'node:crypto'
import { DriverError } from '../../driver.ts'
import type { DiskBus, DomainDisk } from '../../spec/disks.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import { json } from './escape.ts'
import type { RootPorts } from './pcie.ts'

/** An image that the driver has opened for QEMU. */
export interface OpenImage {
  /** What QEMU opens: `/dev/fdset/N`. */
  filename: string
  format: 'qcow2' | 'raw'
  /** A block device of the host rather than a file. */
  hostDevice: boolean
}

/** The images of one disk: its own first, then what it was made on top of. */
export type ImageChain = [OpenImage, ...OpenImage[]]

/** q35 has six SATA ports. */
const sataPorts = 6
/** QEMU's limit on node names (block.c, `node_name[32]`). */
const maxNodeName = 31

/** Id of the device and root of the block graph of a disk. */
export function diskId(name: string): string {
  const plain = `disk-${name}`
  return plain.length <= maxNodeName ? plain : `disk-${createHash('sha256').update(name).digest('hex').slice(0, 20)}`
}

function blockNode(disk: DomainDisk, images: ImageChain, readOnly: boolean): Record<string, unknown> {
  const [image, below, ...rest] = images
  const cache = { direct: disk.cache === 'none', 'no-flush': false }
  const file = {
    driver: image.hostDevice ? 'host_device' : 'file',
    filename: image.filename,
    'read-only': readOnly,
    cache,
    aio: disk.io ?? 'threads',
    discard: 'unmap',
  }
  const common = { driver: image.format, 'read-only': readOnly, cache, discard: 'unmap', file }
  if (image.format === 'raw') return common
  // `null` keeps QEMU from opening what the image's header names.
  return { ...common, backing: below === undefined ? null : blockNode(disk, [below, ...rest], true) }
}

/** Boot order of a disk: its own, or its place in the list when no device of the machine has one. */
function bootIndex(spec: DomainSpec, index: number): number | undefined {
  const ordered = [...spec.disks, ...spec.nics].some((device) => device.bootOrder !== undefined)
  return ordered ? spec.disks[index]?.bootOrder : index + 1
}

const errorPolicies = {
  stop: { werror: 'stop', rerror: 'stop' },
  ignore: { werror: 'ignore', rerror: 'ignore' },
  report: { werror: 'report', rerror: 'report' },
  // Reads do not run out of space; QEMU has no such policy for them.
  enospace: { werror: 'enospc', rerror: 'report' },
} as const

interface Placement {
  ports: RootPorts
  /** SATA ports given out so far. */
  sata: number
}

const deviceModels: Record<DiskBus, (disk: DomainDisk, placement: Placement) => Record<string, unknown>> = {
  virtio: (_, { ports }) => ({ driver: 'virtio-blk-pci', bus: ports.next() }),
  scsi: ({ device }) => ({ driver: { disk: 'scsi-hd', cdrom: 'scsi-cd', lun: 'scsi-block' }[device], bus: 'scsi0.0' }),
  usb: () => ({ driver: 'usb-storage', bus: 'usb0.0', removable: false }),
  sata({ device }, placement) {
    if (placement.sata === sataPorts) {
      throw new DriverError('Unsupported', `more than ${sataPorts} disks are on the sata bus`, {
        remedy: 'Use virtio or scsi for some of them.',
      })
    }
    placement.sata += 1
    return { driver: device === 'cdrom' ? 'ide-cd' : 'ide-hd', bus: `ide.${placement.sata - 1}` }
  },
}

/** @throws {DriverError} Unsupported when a bus is full */
export function diskArguments(spec: DomainSpec, images: ReadonlyMap<string, ImageChain>, ports: RootPorts): string[] {
  const placement: Placement = { ports, sata: 0 }
  const result: string[] = []
  if (spec.disks.some((disk) => disk.bus === 'scsi')) {
    result.push('-device', json({ driver: 'virtio-scsi-pci', id: 'scsi0', bus: ports.next() }))
  }
  for (const [index, disk] of spec.disks.entries()) {
    const chain = images.get(disk.name)
    if (chain === undefined)
      throw new DriverError('InvalidSpec', `disks[${index}]: the image of ${disk.name} is not open`)
    const readOnly = disk.readOnly || disk.device === 'cdrom'
    const id = diskId(disk.name)
    result.push('-blockdev', json({ ...blockNode(disk, chain, readOnly), 'node-name': id }))
    result.push(
      '-device',
      json({
        ...deviceModels[disk.bus](disk, placement),
        id,
        drive: id,
        bootindex: bootIndex(spec, index),
        ...errorPolicies[disk.errorPolicy ?? 'stop'],
        // A real device brings its own serial and cache.
        ...(disk.device === 'lun'
          ? {}
          : { serial: disk.serial, 'write-cache': disk.cache === 'writethrough' ? 'off' : 'on' }),
        ...(disk.shareable === true ? { 'share-rw': true } : {}),
      }),
    )
  }
  return result
}
