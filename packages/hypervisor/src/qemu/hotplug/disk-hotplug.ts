/**
 * Disks that come and go while a machine runs. The record on disk names every disk that may be in the machine: it is written before a
 * disk is plugged in and after it is out, so a driver that ends anywhere in between leaves nothing that the next one does not know of.
 */

import type { Logger } from '@berth/base'
import { DriverError } from '../../driver.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import type { QmpClient } from '../../qmp/client.ts'
import { validateDisk } from '../../validate/disk.ts'
import { imagesOf } from '../../image-chain.ts'
import { imageNode } from '../arguments/block-nodes.ts'
import { diskId, diskNode, diskProperties, type ImageChain, type OpenImage } from '../arguments/disks.ts'
import type { DomainFolder } from '../folder.ts'
import { closeAll, openDiskImages } from '../open-files.ts'
import type { Turns } from '../turns.ts'
import { Deletions } from './deletions.ts'
import { handOver, takeBack } from './hand-over.ts'
import { peripherals, placeOf } from './place.ts'

export interface DiskHotplugOptions {
  folder: DomainFolder
  uid: number | undefined
  qmp(this: void): QmpClient
  spec(this: void): DomainSpec
  setSpec(this: void, spec: DomainSpec): void
  /** A disk is gone that was waited for in vain. */
  onDetached(this: void, disk: string): void
  /** One after the other: what changes disks shares places, QEMU's graph and the record on disk. */
  turns: Turns
  logger: Logger
}

/** How long a guest may take to let go of a disk before the caller is told that it takes longer. */
const letGoMs = 10_000

export class DiskHotplug {
  readonly #options: DiskHotplugOptions
  readonly #deletions = new Deletions()
  /** Asked of the guest, which had not let go when the caller was told. */
  readonly #leaving = new Set<string>()

  constructor(options: DiskHotplugOptions) {
    this.#options = options
  }

  attach(disk: DomainDisk): Promise<void> {
    return this.#inTurn(() => this.#attach(disk))
  }

  detach(name: string): Promise<void> {
    return this.#inTurn(() => this.#detach(name))
  }

  /** QEMU says that a device is gone. */
  onDeleted(id: string): void {
    this.#deletions.report(id)
    const name = [...this.#leaving].find((each) => diskId(each) === id)
    if (name === undefined) return
    this.#inTurn(() => this.#detach(name))
      .then(() => this.#options.onDetached(name))
      .catch((error: unknown) => {
        const { spec, logger } = this.#options
        logger.warn({ machine: spec().id, disk: name, error }, 'what a disk has left in QEMU could not be removed')
      })
  }

  /** After another driver: the record says what may be in the machine, QEMU says what is. */
  async adopt(): Promise<void> {
    const { qmp, spec } = this.#options
    const devices = new Set(await qmp().execute('qom-list', { path: peripherals }))
    const loaded = (await qmp().execute('query-block')).filter((drive) => drive.loaded)
    for (const disk of spec().disks) {
      const id = diskId(disk.name)
      if (!devices.has(id)) await this.#forget(disk)
      else if (
        disk.device === 'cdrom' &&
        disk.path !== '' &&
        !loaded.some(({ qdev }) => qdev.split('/').includes(id))
      ) {
        await this.#forget(disk)
      }
    }
  }

  async #attach(disk: DomainDisk): Promise<void> {
    const { spec, qmp } = this.#options
    validateDisk(disk, 'disk')
    if (disk.path === '') throw new DriverError('InvalidSpec', `disk ${disk.name} must have an image`)
    const there = spec().disks.find(({ name }) => name === disk.name)
    const drive = there?.device === 'cdrom' && there.path === ''
    if (there !== undefined && !drive) {
      throw new DriverError('AlreadyExists', `${spec().id} has a disk ${disk.name} already`, {
        remedy: 'Detach it first.',
      })
    }
    const place = drive ? undefined : await placeOf(disk, spec(), qmp())
    const { images, handles } = await openDiskImages(disk)
    const before = spec()
    try {
      const disks = drive ? before.disks.map((each) => (each === there ? disk : each)) : [...before.disks, disk]
      await this.#options.folder.writeSpec({ ...before, disks })
      const { folder, uid } = this.#options
      const writable = !disk.readOnly && disk.device !== 'cdrom'
      // Only the first image of a chain is written to.
      const files = handles.map((handle, place) => ({
        handle,
        access: writable && place === 0 ? ('both' as const) : ('read' as const),
      }))
      const names = await handOver(files, diskId(disk.name), { folder, uid, machine: before.id })
      const chain = renamed(images, names)
      await qmp().execute('blockdev-add', diskNode(disk, chain))
      if (place === undefined) await this.#insert(disk)
      else await qmp().execute('device_add', { ...place, id: diskId(disk.name), ...diskProperties(disk, chain) })
      this.#options.setSpec({ ...before, disks })
    } catch (error) {
      await this.#undo(disk, before)
      throw error
    } finally {
      await closeAll(handles)
    }
  }

  /** The error that led here is what matters; what fails now is left for the next driver to find. */
  async #undo(disk: DomainDisk, before: DomainSpec): Promise<void> {
    try {
      await this.#removeImages(disk)
      await this.#options.folder.writeSpec(before)
    } catch (error) {
      this.#options.logger.warn({ machine: before.id, disk: disk.name, error }, 'a disk was left half attached')
    }
  }

  async #detach(name: string): Promise<void> {
    const disk = this.#options.spec().disks.find((each) => each.name === name)
    if (disk === undefined || (disk.device === 'cdrom' && disk.path === '')) {
      this.#leaving.delete(name)
      return
    }
    if (disk.device === 'cdrom') await this.#eject(disk)
    else await this.#unplug(disk)
    await this.#forget(disk)
    this.#leaving.delete(name)
  }

  async #unplug({ name }: DomainDisk): Promise<void> {
    const { qmp } = this.#options
    const id = diskId(name)
    const gone = this.#deletions.wait(id, letGoMs)
    try {
      const there = async (): Promise<boolean> => (await qmp().execute('qom-list', { path: peripherals })).includes(id)
      if (!(await there())) return
      try {
        await qmp().execute('device_del', { id })
      } catch (error) {
        // It was asked before and the guest takes its time; any other refusal is for good.
        if (!this.#leaving.has(name)) throw error
      }
      if ((await gone.happened) || !(await there())) return
    } finally {
      gone.cancel()
    }
    this.#leaving.add(name)
    throw new DriverError('Timeout', `the guest has not let go of disk ${name} yet`, {
      remedy: 'Unmount it in the guest; a guest that has not booted yet lets go when it has.',
    })
  }

  async #insert({ name, path }: DomainDisk): Promise<void> {
    const qmp = this.#options.qmp()
    const id = diskId(name)
    await qmp.execute('blockdev-open-tray', { id, force: true })
    await qmp.execute('blockdev-insert-medium', { id, 'node-name': imageNode(name, path) })
    await qmp.execute('blockdev-close-tray', { id })
  }

  /** By force: what is read from a medium that goes is an error in the guest, and nothing is lost. */
  async #eject({ name }: DomainDisk): Promise<void> {
    const qmp = this.#options.qmp()
    const id = diskId(name)
    await qmp.execute('blockdev-open-tray', { id, force: true })
    await qmp.execute('blockdev-remove-medium', { id })
    await qmp.execute('blockdev-close-tray', { id })
  }

  /** The disk is out: its files are closed, and the record says so. */
  async #forget(disk: DomainDisk): Promise<void> {
    await this.#removeImages(disk)
    const spec = this.#options.spec()
    const disks = spec.disks.flatMap((each) => {
      if (each.name !== disk.name) return [each]
      return each.device === 'cdrom' ? [{ ...each, path: '', format: 'raw' as const }] : []
    })
    await this.#options.folder.writeSpec({ ...spec, disks })
    this.#options.setSpec({ ...spec, disks })
  }

  async #removeImages(disk: DomainDisk): Promise<void> {
    const qmp = this.#options.qmp()
    // From the top: an image that others lie on is in use. Machines of an earlier version name the first after its device.
    const nodes = [diskId(disk.name), ...imagesOf(disk).map(({ path }) => imageNode(disk.name, path))]
    for (const node of nodes) {
      try {
        await qmp.execute('blockdev-del', { 'node-name': node })
      } catch (error) {
        // It was never added, or is gone with the one above it.
        if (!(error instanceof DriverError && error.code === 'Refused')) throw error
      }
    }
    await takeBack(diskId(disk.name), qmp)
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    return this.#options.turns.take(act)
  }
}

function renamed([first, ...rest]: ImageChain, names: readonly string[]): ImageChain {
  const rename = (image: OpenImage, place: number): OpenImage => ({ ...image, filename: names[place] ?? '' })
  return [rename(first, 0), ...rest.map((image, index) => rename(image, index + 1))]
}
