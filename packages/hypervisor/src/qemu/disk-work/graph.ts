/**
 * The images of a running machine's disks as QEMU has them: images come in, files below them are exchanged for others of the same image,
 * and what no disk has any more goes.
 */

import type { FileHandle } from 'node:fs/promises'
import { DriverError } from '../../driver.ts'
import { imagesOf } from '../../image-chain.ts'
import type { DiskImage, DomainDisk } from '../../spec/disks.ts'
import type { QmpClient } from '../../qmp/client.ts'
import type { BlockNode } from '../../qmp/commands.ts'
import { blockNode, fileNode, formatNode, imageNode, nodePrefix } from '../arguments/block-nodes.ts'
import { diskId } from '../arguments/disks.ts'
import { handOver, setName, type HandedFile } from '../hotplug/hand-over.ts'
import { openImage } from '../open-files.ts'
import { ask, type WorkedMachine } from './machine.ts'

export class DiskGraph {
  readonly #machine: WorkedMachine

  constructor(machine: WorkedMachine) {
    this.#machine = machine
  }

  /** @throws {DriverError} Unsupported when QEMU's graph is not one that this version has made */
  async need(disk: DomainDisk): Promise<BlockNode[]> {
    const nodes = await this.nodes()
    const known = new Map(nodes.map((node) => [node.node, node]))
    return imagesOf(disk).map(({ path }) => {
      const node = known.get(imageNode(disk.name, path))
      if (node !== undefined) return node
      throw new DriverError(
        'Unsupported',
        `${this.#machine.spec().id} was started by a version that could not do this`,
        {
          remedy: 'Restart the machine.',
        },
      )
    })
  }

  nodes(): Promise<BlockNode[]> {
    return ask(this.#machine, 'query-named-block-nodes', { flat: true })
  }

  /**
   * Adds the first image of a disk, with nothing below it, whatever its header names.
   * @param disk with this image
   * @param options.backed whether the header may name a backing file
   * @param options.on the node that it lies on after all
   */
  async add(disk: DomainDisk, { backed, on }: { backed: boolean; on?: string }): Promise<string> {
    const [image] = imagesOf(disk)
    if (image === undefined) throw new DriverError('InvalidSpec', `disk ${disk.name} has no image`)
    const { handle, opened } = await openImage(disk, image, { writable: true, backed })
    const filename = await this.#hand(disk, handle, 'both')
    const node = blockNode(disk, [{ ...opened, filename }], false)
    await this.qmp.execute('blockdev-add', on === undefined ? node : { ...node, backing: on })
    return imageNode(disk.name, image.path)
  }

  /**
   * Lets QEMU write to an image below the first, or takes that from it again. Its file is exchanged for another of the same: QEMU is
   * not given a file to write to before it needs one. The lock of the one that is only read stands against one that writes and locks too.
   */
  async setWritable(disk: DomainDisk, path: string, writable: boolean): Promise<void> {
    const images = imagesOf(disk)
    const place = images.findIndex((image) => image.path === path)
    const image = images[place]
    if (image === undefined || place === 0) return
    if (this.isThreaded(disk)) {
      await this.#needWritten(disk, path, writable)
      return
    }
    const file = `${imageNode(disk.name, path)}-${writable ? 'w' : 'r'}`
    // One that is in use is what is wanted; one that is not was left by work that was cut short.
    if ((await this.nodes()).some(({ node }) => node === file)) {
      if (!(await this.#unlessUsed(() => this.qmp.execute('blockdev-del', { 'node-name': file })))) return
    }
    const backed = place + 1 < images.length
    const { handle, opened } = await openImage(disk, image, { writable, backed })
    const filename = await this.#hand(disk, handle, writable ? 'both' : 'read')
    await this.qmp.execute('blockdev-add', {
      ...fileNode(disk, { ...opened, filename }, !writable),
      'node-name': file,
      ...(writable ? { locking: 'off' } : {}),
    })
    await this.qmp.execute('blockdev-reopen', { options: [reopened(disk, images, place, file)] })
    await this.sweep(disk.name)
  }

  /**
   * Whether another thread than QEMU's first serves the disk: QEMU 7.2 crashes when a file below such a disk is exchanged, and when one who
   * reads it over NBD goes.
   */
  isThreaded({ bus, ioThreads = [] }: DomainDisk): boolean {
    return ioThreads.length > 0 || (bus === 'scsi' && this.#machine.spec().scsiController?.ioThread !== undefined)
  }

  /** What was once the first image stays open for writing then; others cannot be written to. @throws {DriverError} Unsupported */
  async #needWritten({ name }: DomainDisk, path: string, writable: boolean): Promise<void> {
    const file = `${imageNode(name, path)}-f`
    if (!writable || (await this.nodes()).some(({ node, readOnly }) => node === file && !readOnly)) return
    throw new DriverError(
      'Unsupported',
      `disk ${name} has an I/O thread: an image below its first cannot be written to`,
      {
        remedy: 'Stream into the first image, or merge while the machine is stopped.',
      },
    )
  }

  /**
   * After a driver that left nobody knows what: removes what no disk has, and takes back the right to write to images below the first.
   */
  async settleAll(): Promise<void> {
    const { disks } = this.#machine.spec()
    let nodes = await this.nodes()
    for (const disk of disks) {
      if (nodes.some((node) => isLeft(node, disk.name, disk))) {
        await this.sweep(disk.name)
        nodes = await this.nodes()
      }
      for (const { path } of imagesOf(disk).slice(1)) {
        const file = `${imageNode(disk.name, path)}-`
        if (nodes.some(({ node, readOnly }) => node.startsWith(file) && !readOnly)) {
          await this.setWritable(disk, path, false)
        }
      }
    }
    await this.#closeUnused(disks.map(({ name }) => name))
  }

  /** Removes what QEMU has for this disk and the spec does not name: nodes, then files that no node has open. */
  async sweep(name: string): Promise<void> {
    const disk = this.#machine.spec().disks.find((each) => each.name === name)
    // What lies on another goes first, and lets that go in the next round.
    for (let removed = true; removed;) {
      removed = false
      for (const { node } of (await this.nodes()).filter((each) => isLeft(each, name, disk))) {
        if (await this.#unlessUsed(() => this.qmp.execute('blockdev-del', { 'node-name': node }))) removed = true
      }
    }
    await this.#closeUnused([name])
  }

  async #closeUnused(names: readonly string[]): Promise<void> {
    const ids = new Set(names.map(diskId))
    const open = new Set((await this.nodes()).map(({ filename }) => filename))
    for (const { id, opaque } of await ask(this.#machine, 'query-fdsets')) {
      if (!opaque.some((each) => ids.has(each)) || open.has(setName(id))) continue
      await this.#unlessUsed(() => this.qmp.execute('remove-fd', { 'fdset-id': id }))
    }
  }

  /** All that was written to an image is on the host's disk then. @throws {DriverError} Refused, NoSpace */
  async flush(disk: string, { path }: Pick<DiskImage, 'path'>): Promise<void> {
    // QMP has no command for it.
    const line = `qemu-io ${imageNode(disk, path)} "flush"`
    const words = (await this.qmp.execute('human-monitor-command', { 'command-line': line })).trim()
    if (words !== '') throw new DriverError('Refused', `an image of disk ${disk} could not be written out: ${words}`)
  }

  get qmp(): QmpClient {
    return this.#machine.qmp()
  }

  async #hand(disk: DomainDisk, handle: FileHandle, access: HandedFile['access']): Promise<string> {
    const { folder, uid, spec } = this.#machine
    try {
      const [name = ''] = await handOver([{ handle, access }], diskId(disk.name), { folder, uid, machine: spec().id })
      return name
    } finally {
      await handle.close()
    }
  }

  /** @returns whether it was done */
  async #unlessUsed(remove: () => Promise<unknown>): Promise<boolean> {
    try {
      await remove()
      return true
    } catch (error) {
      if (error instanceof DriverError && error.code === 'Refused') return false
      throw error
    }
  }
}

/** A node of a disk that its images are not made of, as far as the names tell; files that were exchanged count, too. */
function isLeft({ node }: BlockNode, name: string, disk: DomainDisk | undefined): boolean {
  if (!node.startsWith(nodePrefix(name))) return false
  const images = disk === undefined ? [] : imagesOf(disk).map(({ path }) => imageNode(name, path))
  return !images.some((image) => node === image || node === `${image}-f`)
}

/** All there is to say of a node: what is left out when it is opened again falls back to QEMU's own. */
function reopened(
  disk: DomainDisk,
  images: readonly DiskImage[],
  place: number,
  file: string,
): Record<string, unknown> {
  const node = { ...formatNode(disk, place, true), file }
  if (images[place]?.format === 'raw') return node
  const below = images[place + 1]
  return { ...node, backing: below === undefined ? null : imageNode(disk.name, below.path) }
}
