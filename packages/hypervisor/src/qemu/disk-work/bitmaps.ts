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
  return countsOf(from).map(({ name }) => begin(to, name))
}

/**
 * What the bitmaps of these images have counted goes into those of one below them, which takes their content in. It gets those that it
 * lacks: they were made when the images above were the first.
 */
export function handDown(from: readonly BlockNode[], to: { node: string; bitmaps: readonly Bitmap[] }): BlockAction[] {
  const names = new Set(from.flatMap((node) => countsOf(node).map(({ name }) => name)))
  const there = new Set(to.bitmaps.map(({ name }) => name))
  // A count that is lost there is lost.
  for (const { name, inconsistent } of to.bitmaps) if (inconsistent) names.delete(name)
  return [...names].flatMap((name) => [
    ...(there.has(name) ? [] : [begin(to.node, name)]),
    adding(to.node, name, sourcesOf(from, name)),
  ])
}

/**
 * The same, where the first of these is what the guest writes to, who goes on in the last: a count that cannot be trusted now must not
 * look as if it could then.
 * @param chain as it was before data was copied, which makes the last as large as the first
 */
export function handDownFirst(chain: readonly BlockNode[]): BlockAction[] {
  const to = chain.at(-1)
  if (to === undefined) return []
  const kept = new Set(
    chain.flatMap(countsOf).flatMap(({ name }) => (findCount(chain, name) === undefined ? [] : [name])),
  )
  const only = (node: BlockNode): BlockNode => ({ ...node, bitmaps: node.bitmaps.filter(({ name }) => kept.has(name)) })
  const lost = to.bitmaps.filter(({ name, persistent }) => name !== '' && persistent && !kept.has(name))
  return [
    ...lost.map(({ name }): BlockAction => ({ type: 'block-dirty-bitmap-remove', data: { node: to.node, name } })),
    ...handDown(chain.slice(0, -1).map(only), only(to)),
  ]
}

/** The same for one above them: what it does not go on with, it has not counted, and from below alone the count would be short. */
export function handUp(from: readonly BlockNode[], to: BlockNode): BlockAction[] {
  return countsOf(to).flatMap(({ name }) => {
    const sources = sourcesOf(from, name)
    return sources.length === 0 ? [] : [adding(to.node, name, sources)]
  })
}

/** Those of a whole chain, from the top, for an image that takes its place: only the ones that can be trusted. */
export function handOver(chain: readonly BlockNode[], to: string): BlockAction[] {
  const [head] = chain
  return (head === undefined ? [] : countsOf(head)).flatMap(({ name }) => {
    const sources = findCount(chain, name)
    return sources === undefined ? [] : [begin(to, name), adding(to, name, sources)]
  })
}

function begin(node: string, name: string): BlockAction {
  return { type: 'block-dirty-bitmap-add', data: { node, name, persistent: true } }
}

function adding(node: string, target: string, bitmaps: { node: string; name: string }[]): BlockAction {
  return { type: 'block-dirty-bitmap-merge', data: { node, target, bitmaps } }
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
  const found = findCount(chain, name)
  if (found !== undefined) return found
  throw new DriverError('NotFound', `disk ${disk.name} has no bitmap ${name} that can be trusted`, {
    remedy: 'Make a backup of everything.',
  })
}

function findCount(chain: readonly BlockNode[], name: string): { node: string; name: string }[] | undefined {
  const has = chain.map((node) => countsOf(node).some((bitmap) => bitmap.name === name))
  const isBroken = chain.some(({ bitmaps }) => bitmaps.some((each) => each.name === name && each.inconsistent))
  const end = has.includes(false) ? has.indexOf(false) : has.length
  const sizes = new Set(chain.slice(0, end).map(({ sizeBytes }) => sizeBytes))
  // One below an image that lacks it was left there by a merge or a snapshot that knew nothing of it.
  const isWhole = !isBroken && end > 0 && !has.slice(end).includes(true) && sizes.size === 1
  return isWhole ? sourcesOf(chain.slice(0, end), name) : undefined
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
    return begin(head.node, name)
  }

  async names(disk: string): Promise<string[]> {
    const [head] = await this.#graph.need(ownDisk(this.#machine.spec(), disk))
    return (head?.bitmaps ?? []).filter(({ persistent }) => persistent).map(({ name }) => name)
  }

  /**
   * QEMU makes no image larger while a bitmap of it is broken, and adds up no bitmaps of images of different sizes: what the images below
   * count, too, starts anew.
   */
  async beforeGrowth({ node, bitmaps }: BlockNode, below: readonly BlockNode[]): Promise<void> {
    const others = new Set(below.flatMap((each) => each.bitmaps.map(({ name }) => name)))
    for (const { name, persistent, inconsistent } of bitmaps) {
      if (name === '' || !persistent || (!inconsistent && !others.has(name))) continue
      await this.#graph.qmp.execute('block-dirty-bitmap-remove', { node, name })
    }
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
