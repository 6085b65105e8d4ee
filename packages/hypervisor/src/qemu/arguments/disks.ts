/** Disks as devices on their buses (`-device`), each with its block graph. */

import { DriverError } from '../../driver.ts'
import type { DeviceSpec } from '../../spec/devices.ts'
import type { BlockSizes, DiskBus, DomainDisk } from '../../spec/disks.ts'
import { blockNode, imageNode, type ImageChain } from './block-nodes.ts'
import { json } from './escape.ts'
import { boundedId } from './ids.ts'
import { ioThreadId, ioThreadOptions } from './io-threads.ts'
import type { PciPlaces } from './pcie.ts'
import { virtioDevice } from './virtio.ts'

export type { ImageChain, OpenImage } from './block-nodes.ts'

export interface DiskOptions {
  images: ReadonlyMap<string, ImageChain>
  places: PciPlaces
  /** Whether this QEMU spreads the queues of one disk over several threads. */
  spreadsQueues: boolean
}

/** Of one SATA controller. */
const sataPorts = 6
const scsiBus = 'scsi0'
/** Most disks on one bus that a machine may have: names in the guest end with two letters. */
export const maxOnBus = 256

/** Id of the device of a disk. */
export function diskId(name: string): string {
  return boundedId('disk', name)
}

/** Boot order of a disk: its own, or its place in the list when no device of the machine has one. */
function bootIndex(spec: DeviceSpec, index: number): number | undefined {
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

/** On the controller that all of them share. */
export function onScsi({ device }: DomainDisk): { driver: string; bus: string } {
  return { driver: { disk: 'scsi-hd', cdrom: 'scsi-cd', lun: 'scsi-block' }[device], bus: `${scsiBus}.0` }
}

/** Puts the disks of one machine on its buses, in their order. */
class DiskBuses {
  readonly #spec: DeviceSpec
  readonly #options: DiskOptions
  readonly #used: Record<DiskBus, number> = { virtio: 0, sata: 0, scsi: 0, usb: 0 }
  /** Virtio disks so far that several threads serve. */
  #turn = 0

  constructor(spec: DeviceSpec, options: DiskOptions) {
    this.#spec = spec
    this.#options = options
  }

  /** The controllers that have to be there before the disks. */
  controllers(): string[] {
    const on = (bus: DiskBus): number => this.#spec.disks.filter((disk) => disk.bus === bus).length
    // The chipset has the first. The others are behind root ports, which guests look at later: their disks come after its own.
    const sata = Math.max(0, Math.ceil(on('sata') / sataPorts) - 1)
    return [
      ...(on('scsi') > 0 ? ['-device', json(scsiController(this.#spec, this.#options))] : []),
      ...Array.from({ length: sata }, (_, index) => [
        '-device',
        json({ driver: 'ich9-ahci', id: sataController(index + 1), ...this.#options.places.express() }),
      ]).flat(),
    ]
  }

  /** @throws {DriverError} Unsupported when the bus is full */
  device(disk: DomainDisk): Record<string, unknown> {
    const place = this.#used[disk.bus]
    if (place === maxOnBus) {
      throw new DriverError('Unsupported', `more than ${maxOnBus} disks are on the ${disk.bus} bus`, {
        remedy: 'Use another bus for some of them.',
      })
    }
    this.#used[disk.bus] = place + 1
    switch (disk.bus) {
      case 'virtio':
        return this.#virtio(disk)
      case 'scsi':
        return onScsi(disk)
      case 'usb':
        return { driver: 'usb-storage', bus: 'usb0.0', removable: false }
      case 'sata': {
        const controller = Math.floor(place / sataPorts)
        const bus = controller === 0 ? 'ide' : sataController(controller)
        return { driver: disk.device === 'cdrom' ? 'ide-cd' : 'ide-hd', bus: `${bus}.${place % sataPorts}` }
      }
    }
  }

  #virtio(disk: DomainDisk): Record<string, unknown> {
    const { places, spreadsQueues } = this.#options
    const threads = ioThreadOptions(disk, { turn: this.#turn, spread: spreadsQueues })
    if ((disk.ioThreads ?? []).length > 1) this.#turn += 1
    return {
      ...virtioDevice('virtio-blk-pci', { spec: this.#spec, places, pciAddress: disk.pciAddress }),
      'num-queues': disk.queues,
      ...threads,
    }
  }
}

function scsiController(spec: DeviceSpec, { places }: Pick<DiskOptions, 'places'>): Record<string, unknown> {
  const { queues, ioThread } = spec.scsiController ?? {}
  return {
    ...virtioDevice('virtio-scsi-pci', { spec, places }),
    id: scsiBus,
    num_queues: queues,
    iothread: ioThread === undefined ? undefined : ioThreadId(ioThread),
  }
}

function sataController(number: number): string {
  return `sata${number}`
}

function blockSizeOptions({ blockSize, bus }: DomainDisk, [image]: ImageChain): Record<string, unknown> {
  const sizes: BlockSizes | undefined = blockSize === 'match' ? image.blockSize : blockSize
  if (sizes === undefined) return {}
  return {
    // SATA knows no other.
    logical_block_size: bus === 'sata' ? 512 : sizes.logical,
    physical_block_size: sizes.physical,
    discard_granularity: sizes.discardGranularity,
  }
}

/** @throws {DriverError} Unsupported when a bus is full, InvalidSpec when an image is not open */
export function diskArguments(spec: DeviceSpec, options: DiskOptions): string[] {
  const buses = new DiskBuses(spec, options)
  return [...buses.controllers(), ...spec.disks.flatMap((disk, index) => oneDisk(disk, index))]

  function oneDisk(disk: DomainDisk, index: number): string[] {
    const common = { ...buses.device(disk), id: diskId(disk.name), bootindex: bootIndex(spec, index) }
    if (disk.path === '') return ['-device', json(common)]
    const chain = options.images.get(disk.name)
    if (chain === undefined)
      throw new DriverError('InvalidSpec', `disks[${index}]: the image of ${disk.name} is not open`)
    return ['-blockdev', json(diskNode(disk, chain)), '-device', json({ ...common, ...diskProperties(disk, chain) })]
  }
}

/** The block graph of a disk. */
export function diskNode(disk: DomainDisk, chain: ImageChain): Record<string, unknown> {
  return blockNode(disk, chain, disk.readOnly || disk.device === 'cdrom')
}

/** What the device of a disk is told beside its place. */
export function diskProperties(disk: DomainDisk, chain: ImageChain): Record<string, unknown> {
  return {
    drive: imageNode(disk.name, disk.path),
    ...errorPolicies[disk.errorPolicy ?? 'stop'],
    // A real device brings its own serial, sizes and cache.
    ...(disk.device === 'lun'
      ? {}
      : {
          serial: disk.serial,
          'write-cache': disk.cache === 'writethrough' ? 'off' : 'on',
          ...blockSizeOptions(disk, chain),
        }),
    ...(disk.shareable === true ? { 'share-rw': true } : {}),
  }
}

/**
 * The controller of a machine that has no disk on it yet. After all other devices, so that it moves none of them on the PCI bus.
 * @throws {DriverError} Unsupported when the PCI bus is full
 */
export function spareControllerArguments(spec: DeviceSpec, options: Pick<DiskOptions, 'places'>): string[] {
  if (spec.diskHotplug !== true || spec.disks.some(({ bus }) => bus === 'scsi')) return []
  return ['-device', json(scsiController(spec, options))]
}
