/** What can be done to the disks of one QEMU while it runs. */

import type * as work from '../../disk-work.ts'
import { DriverError, type AdoptOptions } from '../../driver.ts'
import { committed, writtenDisk } from '../../image-chain.ts'
import { checkDiskSize } from '../../validate/disk-work.ts'
import { backupDisks } from './backup.ts'
import { Busy } from './busy.ts'
import { takeBack } from '../hotplug/hand-over.ts'
import { dumpMemory, memoryDump } from './dump.ts'
import type { WorkedMachine } from './machine.ts'
import { lowerHead, settleLowering } from './lower-head.ts'
import { commitDisk, streamDisk } from './merge.ts'
import { hideDisks, showDisks } from './show.ts'
import { mirrorDisk, settleMirrors } from './mirror.ts'
import { workParts, type WorkParts } from './parts.ts'
import { snapshotDisks } from './snapshot.ts'

/** No disk has such a name. */
const memory = '/memory'
/** QEMU has one server to show disks by. */
const server = '/server'

export interface QemuDiskWorkOptions {
  machine: WorkedMachine
  id: string
  /** Throws when the machine does not run. */
  need(this: void): void
}

export class QemuDiskWork implements work.DiskWork {
  readonly #parts: WorkParts
  readonly #busy: Busy
  readonly #need: () => void

  constructor({ machine, id, need }: QemuDiskWorkOptions) {
    this.#parts = workParts(machine)
    this.#busy = new Busy(id)
    this.#need = need
  }

  /** QEMU says that a job has changed, or the connection to it has. */
  report(): void {
    this.#parts.jobs.report()
  }

  /** The disk is about to be taken out. */
  leave(disk: string): Promise<void> {
    return this.#busy.end(disk)
  }

  /**
   * After another driver: its work is cancelled, because whoever asked for it is gone; what was done before that is found out, and what
   * it left in QEMU is removed. A disk whose caller has written down that it is in another image goes there.
   */
  async adopt({ isSwitched = async () => false, isMoved = async () => false }: AdoptOptions): Promise<void> {
    const { machine, graph, jobs, changes } = this.#parts
    // Before the jobs that keep back what is shown.
    await hideDisks(graph)
    await settleLowering(this.#parts, isSwitched)
    await settleMirrors(this.#parts, isMoved)
    await jobs.endAll()
    await changes.settle(machine.changes().map(({ name }) => name))
    try {
      await this.#tidy()
    } catch (error) {
      // What is left over costs memory and a file that stays open; a guest is worth more.
      machine.logger.warn({ machine: machine.spec().id, error }, 'work of another driver could not be cleared away')
    }
  }

  async #tidy(): Promise<void> {
    const { graph } = this.#parts
    for (const { node, bitmaps } of await graph.nodes()) {
      for (const { name, persistent } of bitmaps) {
        if (name === '' || persistent) continue
        await graph.qmp.execute('block-dirty-bitmap-remove', { node, name })
      }
    }
    await graph.settleAll()
    await takeBack(memoryDump, graph.qmp)
  }

  snapshotDisks(overlays: readonly work.DiskOverlay[]): Promise<void> {
    const disks = overlays.map(({ disk }) => disk)
    const { turns } = this.#parts.machine
    return this.#work(disks, {}, () => turns.take(() => snapshotDisks(this.#parts, overlays)))
  }

  streamDisk(options: work.StreamOptions): Promise<void> {
    return this.#work([options.disk], options, (signal) => streamDisk(this.#parts, { ...options, signal }))
  }

  commitDisk(options: work.CommitOptions): Promise<void> {
    return this.#work([options.disk], options, async (signal) => {
      const change = committed(this.#parts.machine.spec(), options)
      const isHead = change.before.path === options.top && change.dropped.length > 0
      await (isHead
        ? lowerHead(this.#parts, { ...options, signal }, change)
        : commitDisk(this.#parts, { ...options, signal }))
    })
  }

  resizeDisk(name: string, sizeBytes: number): Promise<void> {
    return this.#work([name], {}, async () => {
      checkDiskSize(sizeBytes)
      const { graph, machine } = this.#parts
      const [head, ...below] = await graph.need(writtenDisk(machine.spec(), name))
      if (head === undefined || sizeBytes < head.sizeBytes) {
        throw new DriverError('InvalidSpec', `disk ${name} has ${head?.sizeBytes} bytes and cannot be made smaller`)
      }
      if (sizeBytes > head.sizeBytes) await this.#parts.bitmaps.beforeGrowth(head, below)
      await graph.qmp.execute('block_resize', { 'node-name': head.node, size: sizeBytes })
    })
  }

  mirrorDisk(options: work.MirrorOptions): Promise<void> {
    return this.#work([options.disk], options, (signal) => mirrorDisk(this.#parts, { ...options, signal }))
  }

  dumpMemory(options: work.DumpOptions): Promise<void> {
    return this.#work([memory], options, (signal) => dumpMemory(this.#parts.machine, { ...options, signal }))
  }

  addBitmap(options: work.BitmapOptions): Promise<void> {
    return this.#work(options.disks, {}, () => this.#parts.bitmaps.add(options))
  }

  async bitmapsOf(disk: string): Promise<string[]> {
    this.#need()
    return this.#parts.bitmaps.names(disk)
  }

  removeBitmap(options: work.BitmapOptions): Promise<void> {
    return this.#work(options.disks, {}, () => this.#parts.bitmaps.remove(options))
  }

  backupDisks(options: work.BackupOptions): Promise<work.BackupResult> {
    const disks = options.disks.map(({ disk }) => disk)
    return this.#work(disks, options, (signal) => backupDisks(this.#parts, { ...options, signal }))
  }

  showDisks(options: work.ShowOptions): Promise<void> {
    const disks = options.disks.map(({ disk }) => disk)
    return this.#work([...disks, server], options, (signal) => showDisks(this.#parts, { ...options, signal }))
  }

  async #work<T>(
    disks: readonly string[],
    { signal }: work.WorkOptions,
    act: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#need()
    return this.#busy.during(disks, signal, act)
  }
}
