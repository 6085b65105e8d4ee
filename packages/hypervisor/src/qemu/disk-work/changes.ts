/**
 * Changes of disks' images, so that a driver that dies anywhere in between leaves no doubt. A change is on disk before QEMU is asked for
 * it; whether it came about is always learnt from QEMU's graph, never concluded from how a command or a job ended; and the record of the
 * machine is put right before the change is crossed out.
 */

import { withDisk } from '../../image-chain.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { BlockDevice } from '../../qmp/commands.ts'
import { imageNode } from '../arguments/block-nodes.ts'
import { diskId } from '../arguments/disks.ts'
import { ask, type WorkedMachine } from './machine.ts'

export class Changes {
  readonly #machine: WorkedMachine

  constructor(machine: WorkedMachine) {
    this.#machine = machine
  }

  /** Writes down how disks may be from now on. In turn. */
  async announce(after: readonly DomainDisk[]): Promise<void> {
    await this.#machine.keepChanges([...this.#others(after), ...after])
  }

  /**
   * Puts the spec right and crosses the announced changes of these disks out. In turn, and when no job is left on them.
   * @returns the disks that have changed
   */
  async settle(names: readonly string[]): Promise<DomainDisk[]> {
    const announced = this.#machine.changes().filter(({ name }) => names.includes(name))
    if (announced.length === 0) return []
    const devices = await ask(this.#machine, 'query-block')
    const happened = announced.filter((disk) => isSo(disk, devices))
    const spec = happened.reduce(withDisk, this.#machine.spec())
    await this.#machine.folder.writeSpec(spec)
    this.#machine.setSpec(spec)
    await this.#machine.keepChanges(this.#others(announced))
    return happened
  }

  #others(disks: readonly DomainDisk[]): DomainDisk[] {
    return this.#machine.changes().filter(({ name }) => !disks.some((disk) => disk.name === name))
  }
}

/** The same first image may lie on more or fewer images: the first node and the number below it tell all changes apart. */
function isSo(disk: DomainDisk, devices: readonly BlockDevice[]): boolean {
  const device = devices.find(({ qdev }) => qdev.split('/').includes(diskId(disk.name)))
  return device?.node === imageNode(disk.name, disk.path) && device.depth === (disk.backing?.length ?? 0)
}
