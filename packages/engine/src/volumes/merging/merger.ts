/**
 * Layers that nobody needs by themselves any more become one with what lies on them, while machines run and while they are stopped.
 * Nothing depends on it but room and speed, so whoever wants to work on a volume ends its merge; it is made up for later.
 */

import { statfs } from 'node:fs/promises'
import { messageOf, type Clock, type Logger } from '@berth/base'
import { DriverError, type Domain } from '@berth/hypervisor'
import { aboveOf, childrenOf, mergePairs, type MergePair } from '../chain/graph.ts'
import { mergeImages, type LiveMerge } from '../chain/merge.ts'
import { imageKey, volumeKey } from '../storage/keys.ts'
import type { StorageSet } from '../storage/storage-set.ts'
import type { Storage } from '../storage/storage.ts'
import { mostLoweredBytes, planMerge, type MergePlan } from './plan.ts'

export interface MergerOptions {
  storages: StorageSet
  /** Of the driver: those that ended, too. */
  domains: () => readonly Domain[]
  clock: Clock
  logger: Logger
  /** There is no room for it; told once. */
  onPostponed?: (volumes: readonly string[], storage: string) => void
}

/** Milliseconds: several things are often removed one after the other. */
const settleMs = 300
/** Milliseconds until what did not work, or had to wait, is looked at again. */
const againMs = 60_000
/** Bytes that a merge leaves free: the room is not for us alone. */
const reserveBytes = 64 * 1024 ** 2

export class Merger {
  readonly #options: MergerOptions
  #cancel: () => void = () => {}
  #running: Promise<void> = Promise.resolve()
  #stopped = false
  /** Pairs whose volumes' owners know that there is no room. */
  readonly #told = new Set<string>()
  /** Images that the driver cannot let go down under their machine. */
  readonly #fixed = new Set<string>()
  /** Images that did not go down because their guest wrote faster: another way is taken, where there is one. */
  readonly #outrun = new Set<string>()

  constructor(options: MergerOptions) {
    this.#options = options
  }

  /** Something has changed that may make a merge possible. */
  nudge(afterMs: number = settleMs): void {
    if (this.#stopped) return
    this.#cancel()
    this.#cancel = this.#options.clock.after(afterMs, () => void this.run())
  }

  /** Merges what can be merged now. */
  run(): Promise<void> {
    this.#running = this.#running.then(() => this.#round())
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#options.storages.endMerges()
    await this.#running
  }

  async #round(): Promise<void> {
    const { storages, logger } = this.#options
    await storages.settle()
    let isLeft = false
    for (const storage of storages.all) {
      // One merge makes others possible, and some images go with it.
      const tried = new Set<string>()
      // What a machine that has ended, or a reader, was the last to need.
      await storage.collect()
      for (;;) {
        const pairs = storage.isUncertain() ? [] : mergePairs(storage.graph())
        const pair = pairs.find(({ child }) => !tried.has(child))
        if (pair === undefined || this.#stopped) break
        tried.add(pair.child)
        try {
          if (!(await this.#merge(storage, pair))) isLeft = true
        } catch (error) {
          const key = imageKey(storage, pair.child)
          const code = error instanceof DriverError ? error.code : undefined
          const refused = code === 'Unsupported' ? this.#fixed : code === 'Timeout' ? this.#outrun : undefined
          if (refused?.has(key) === false) {
            // Once more, the other way.
            refused.add(key)
            tried.delete(pair.child)
            continue
          }
          isLeft = true
          logger.warn({ image: pair.child, error: messageOf(error) }, 'two layers of a volume were not merged')
        }
      }
    }
    if (isLeft) this.nudge(againMs)
  }

  /** @returns false when it has to be tried again later */
  async #merge(storage: Storage, pair: MergePair): Promise<boolean> {
    const keys = keysOf(storage, pair)
    let isDone = false
    await this.#options.storages.mergeAlone(keys.all, async (signal) => {
      // Its turn has come: is it still what it was?
      const isStill =
        mergePairs(storage.graph()).some(({ parent, child }) => parent === pair.parent && child === pair.child) &&
        String(keysOf(storage, pair).all) === String(keys.all)
      const plan = isStill ? await this.#plan(storage, pair) : undefined
      if (plan?.act !== 'merge' || !(await this.#hasRoom(storage, plan, keys.volumes))) return
      const live = plan.live ? this.#liveMerge(storage, pair) : undefined
      await mergeImages(storage, { ...pair, kind: plan.kind, signal, ...(live === undefined ? {} : { live }) })
      isDone = true
    })
    return isDone
  }

  async #plan(storage: Storage, { parent, child }: MergePair): Promise<MergePlan> {
    const parentBytes = (await storage.look(parent)).allocatedBytes
    const childBytes = (await storage.look(child)).allocatedBytes
    const users = this.#users(storage, parent, child)
    // In hand, but of no machine: the engine itself reads it.
    if (users.length === 0 && [parent, child].some((image) => storage.use(image) !== undefined)) return { act: 'wait' }
    const owner = [...storage.volumes.values()].find(({ head }) => head === child)
    const key = imageKey(storage, child)
    const plan = (canLower: boolean): MergePlan =>
      planMerge({
        parentBytes,
        childBytes,
        keepsRaw: parent.endsWith('.raw') && owner?.format === 'raw',
        childIsHead: owner !== undefined,
        users: users.map(({ images }) => ({
          hasBoth: images.includes(storage.layout.image(parent)) && images.includes(storage.layout.image(child)),
          canLower,
        })),
      })
    const canLower = storage.use(child) === 'written' && !this.#fixed.has(key)
    const sure = plan(canLower && !this.#outrun.has(key))
    // There is no other way: the guest may write less by now.
    return sure.act === 'wait' ? plan(canLower) : sure
  }

  #users(storage: Storage, ...files: string[]): { domain: Domain; disk: string; images: string[] }[] {
    const paths = files.map((file) => storage.layout.image(file))
    return this.#options.domains().flatMap((domain) => {
      if (domain.status.state === 'stopped') return []
      return domain.spec.disks.flatMap(({ name, path, backing = [] }) => {
        const images = [path, ...backing.map((image) => image.path)]
        return images.some((image) => paths.includes(image)) ? [{ domain, disk: name, images }] : []
      })
    })
  }

  #liveMerge(storage: Storage, pair: MergePair): LiveMerge | undefined {
    const [user] = this.#users(storage, pair.child)
    if (user === undefined) return undefined
    const { domain, disk } = user
    const image = (file: string): string => storage.layout.image(file)
    return {
      stream: ({ child, backing, signal }) =>
        domain.streamDisk({
          disk,
          into: image(child),
          signal,
          ...(backing === undefined ? {} : { base: image(backing), backingName: backing }),
        }),
      commit: ({ child, parent, signal }) =>
        domain.commitDisk({ disk, top: image(child), base: image(parent), backingName: parent, signal }),
      lower: async ({ parent, child, ...lowering }) => {
        const { allocatedBytes } = await storage.look(child)
        await domain.commitDisk({
          disk,
          top: image(child),
          base: image(parent),
          backingName: parent,
          mostBytes: mostLoweredBytes(allocatedBytes),
          ...lowering,
        })
      },
    }
  }

  async #hasRoom(storage: Storage, plan: MergePlan & { act: 'merge' }, volumes: readonly string[]): Promise<boolean> {
    const { bavail, bsize } = await statfs(storage.layout.directory)
    const key = volumes.join()
    if (plan.costBytes + reserveBytes <= bavail * bsize) {
      this.#told.delete(key)
      return true
    }
    if (!this.#told.has(key)) this.#options.onPostponed?.(volumes, storage.layout.name)
    this.#told.add(key)
    return false
  }
}

/** Whose work a merge would disturb: all that is made of the child. */
function keysOf(storage: Storage, { parent, child }: MergePair): { all: string[]; volumes: string[] } {
  const above = aboveOf(childrenOf(storage.images), child)
  const volumes = [...storage.volumes].flatMap(([volume, { head }]) => (above.includes(head) ? [volume] : []))
  return { all: [...volumes.map(volumeKey), ...[parent, ...above].map((image) => imageKey(storage, image))], volumes }
}
