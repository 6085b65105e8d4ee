/**
 * Bitmaps that count what is written to disks. One bitmap of a disk is made of those of that name in the images of its chain: an image
 * that comes on top goes on with the count, and what leaves the chain leaves its count to the image that takes its content in.
 */

import { DriverError } from '../../driver.ts'
import type { BitmapOptions } from '../../disk-work.ts'
import { ownDisk } from '../../image-chain.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { Bitmap, BlockAction, BlockNode } from '../../qmp/commands.ts'
import { checkBitmapName } from '../../validate/disk-work.ts'
import type { DiskGraph } from './graph.ts'
import type { WorkedMachine } from './machine.ts'

/** Without those of jobs, and those that cannot be trusted. */
export function countsOf({ bitmaps }: BlockNode): Bitmap[] {
  return bitmaps.filter(({ name, persistent, inconsistent }) => name !== '' && persistent && !inconsistent)
}

/** The same bitmaps for an image that comes on top. */
export function goOn(from: BlockNode, to: string): BlockAction[] {
  return countsOf(from).map(({ name }) => ({
    type: 'block-dirty-bitmap-add',
    data: { node: to, name, persistent: true },
  }))
}

/** What the bitmaps of these images have counted goes into those of another, which gets those that it lacks. */
export function takeIn(from: readonly BlockNode[], to: { node: string; bitmaps: readonly Bitmap[] }): BlockAction[] {
  const names = new Set(from.flatMap((node) => countsOf(node).map(({ name }) => name)))
  const there = new Set(to.bitmaps.map(({ name }) => name))
  // A count that is lost above is lost.
  for (const { name, inconsistent } of to.bitmaps) if (inconsistent) names.delete(name)
  return [...names].flatMap((name): BlockAction[] => [
    ...(there.has(name)
      ? []
      : [{ type: 'block-dirty-bitmap-add' as const, data: { node: to.node, name, persistent: true } }]),
    { type: 'block-dirty-bitmap-merge', data: { node: to.node, target: name, bitmaps: sourcesOf(from, name) } },
  ])
}

function sourcesOf(nodes: readonly BlockNode[], name: string): { node: string; name: string }[] {
  return nodes
    .filter((each) => countsOf(each).some((bitmap) => bitmap.name === name))
    .map(({ node }) => ({ node, name }))
}

/**
 * Where the count since a bitmap was made is found.
 * @param chain from the top
 * @throws {DriverError} NotFound unless it is whole
 */
export function countSince(
  disk: DomainDisk,
  chain: readonly BlockNode[],
  name: string,
): { node: string; name: string }[] {
  const has = chain.map((node) => countsOf(node).some((bitmap) => bitmap.name === name))
  const isBroken = chain.some(({ bitmaps }) => bitmaps.some((each) => each.name === name && each.inconsistent))
  const end = has.includes(false) ? has.indexOf(false) : has.length
  const sizes = new Set(chain.slice(0, end).map(({ sizeBytes }) => sizeBytes))
  // One below an image that lacks it was left there by a merge or a snapshot that knew nothing of it.
  if (!isBroken && end > 0 && !has.slice(end).includes(true) && sizes.size === 1)
    return sourcesOf(chain.slice(0, end), name)
  throw new DriverError('NotFound', `disk ${disk.name} has no bitmap ${name} that can be trusted`, {
    remedy: 'Make a backup of everything.',
  })
}

export class Bitmaps {
  readonly #machine: WorkedMachine
  readonly #graph: DiskGraph

  constructor(machine: WorkedMachine, graph: DiskGraph) {
    this.#machine = machine
    this.#graph = graph
  }

  /** @throws {DriverError} AlreadyExists, NotFound, Unsupported */
  async add({ disks, name }: BitmapOptions): Promise<void> {
    const actions: BlockAction[] = []
    for (const disk of disks) actions.push(await this.adding(ownDisk(this.#machine.spec(), disk), name))
    if (actions.length > 0) await this.#graph.qmp.execute('transaction', { actions })
  }

  async adding(disk: DomainDisk, name: string): Promise<BlockAction> {
    checkBitmapName(name)
    const [head] = await this.#graph.need(disk)
    if (head === undefined || disk.format === 'raw') {
      throw new DriverError('Unsupported', `disk ${disk.name} has a raw image, which cannot keep a bitmap`)
    }
    if (head.bitmaps.some((bitmap) => bitmap.name === name)) {
      throw new DriverError('AlreadyExists', `disk ${disk.name} has a bitmap ${name} already`)
    }
    return { type: 'block-dirty-bitmap-add', data: { node: head.node, name, persistent: true } }
  }

  /** From the images that are written to: below one without it, none counts. */
  async remove({ disks, name }: BitmapOptions): Promise<void> {
    checkBitmapName(name)
    for (const disk of disks) {
      const [head] = await this.#graph.need(ownDisk(this.#machine.spec(), disk))
      if (head?.bitmaps.some((bitmap) => bitmap.name === name) !== true) continue
      await this.#graph.qmp.execute('block-dirty-bitmap-remove', { node: head.node, name })
    }
  }
}
