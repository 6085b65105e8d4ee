/** Random work on a store of volumes, beside a model that only copies buffers: what the store holds must be what the model says. */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { systemClock } from '@berth/kube'
import { Merger } from '../volumes/merging/merger.ts'
import type { VolumeStore } from '../volumes/volume-store.ts'
import type { DiskImages } from '../volumes/volume-types.ts'
import { contentOf, writePattern } from './disk-content.ts'

const chunk = 64 * 1024
/** In chunks. */
const smallest = 8
const largest = 24

export class VolumeWorld {
  readonly store: VolumeStore
  readonly merger: Merger
  readonly volumes = new Map<string, Buffer>()
  readonly snapshots = new Map<string, Buffer>()
  readonly #random: () => number
  readonly #storages: readonly string[]
  #count = 0

  constructor(store: VolumeStore, random: () => number, storages: readonly string[]) {
    this.store = store
    this.merger = new Merger({
      storages: store.storageSet,
      domains: () => [],
      clock: systemClock,
      logger: silentLogger,
    })
    this.#random = random
    this.#storages = storages
  }

  /** Several things at once, none of which touches what another does. */
  async round(): Promise<void> {
    const free = [...this.volumes.keys()].toSorted(() => this.#random() - 0.5)
    const acts = Array.from({ length: 4 }, () => this.#act(free))
    await Promise.all([...acts, this.merger.run()])
  }

  async #act(free: string[]): Promise<void> {
    const dice = Math.floor(this.#random() * 10)
    const [volume] = free.splice(0, 1)
    if (volume === undefined || (dice === 0 && this.volumes.size < 8)) return this.#create()
    if (dice <= 3) return this.#write(volume)
    if (dice === 4) return this.#snapshot([volume, ...free.splice(0, 2)])
    if (dice === 5) return this.#clone({ volume })
    if (dice === 6) return this.#remove(volume)
    if (dice === 7) return this.#grow(volume)
    const [handle] = this.#pick([...this.snapshots.keys()])
    if (handle === undefined) return this.#write(volume)
    if (dice === 8) return this.#random() < 0.5 ? this.#clone({ snapshot: handle }) : this.#revert(handle, free, volume)
    this.snapshots.delete(handle)
    await this.store.deleteSnapshot(handle)
  }

  async #create(): Promise<void> {
    const volume = this.#name('pvc')
    const content = Buffer.alloc((smallest + Math.floor(this.#random() * 8)) * chunk)
    await this.store.create(volume, { ...this.#place(), sizeBytes: content.length })
    this.volumes.set(volume, content)
  }

  async #write(volume: string): Promise<void> {
    const content = this.volumes.get(volume) ?? Buffer.alloc(0)
    const patterns = Array.from({ length: 3 }, () => {
      const at = Math.floor((this.#random() * content.length) / 512) * 512
      const bytes = Math.min(content.length - at, 512 * (1 + Math.floor(this.#random() * 300)))
      return { at, bytes, value: Math.floor(this.#random() * 256) }
    })
    const images = await this.store.images(volume)
    await this.store.holding([{ ...images, readOnly: false }], () => writePattern(images, patterns)).catch(stale)
    // What a merge changed under our hands was refused, and nothing was written.
    const held = await this.store.images(volume)
    if (held.path !== images.path || held.backing.length !== images.backing.length)
      await this.store.holding([{ ...held, readOnly: false }], () => writePattern(held, patterns))
    for (const { at, bytes, value } of patterns) content.fill(value, at, at + bytes)
  }

  async #snapshot(volumes: readonly string[]): Promise<void> {
    const snapshots = volumes.map((volume) => ({ volume, handle: this.#name('snap') }))
    await this.store.snapshot(snapshots)
    for (const { volume, handle } of snapshots)
      this.snapshots.set(handle, Buffer.from(this.volumes.get(volume) ?? Buffer.alloc(0)))
  }

  async #clone(from: { volume: string } | { snapshot: string }): Promise<void> {
    const source = 'volume' in from ? this.volumes.get(from.volume) : this.snapshots.get(from.snapshot)
    if (source === undefined) return
    const volume = this.#name('pvc')
    const content = Buffer.alloc(Math.min(largest * chunk, source.length + (this.#random() < 0.3 ? 3 * chunk : 0)))
    source.copy(content)
    await this.store.clone(volume, { ...this.#place(), from, sizeBytes: content.length })
    this.volumes.set(volume, content)
  }

  async #revert(handle: string, free: readonly string[], volume: string): Promise<void> {
    const source = (await this.store.snapshotInfo(handle))?.volume ?? ''
    // Only of one that nobody else has in this round.
    if (source !== volume && !free.includes(source)) return
    const before = this.volumes.get(source)
    const kept = this.snapshots.get(handle)
    if (before === undefined || kept === undefined) return
    await this.store.revert(source, handle)
    const content = Buffer.alloc(Math.max(before.length, kept.length))
    kept.copy(content)
    this.volumes.set(source, content)
  }

  async #remove(volume: string): Promise<void> {
    await this.store.remove(volume)
    this.volumes.delete(volume)
  }

  async #grow(volume: string): Promise<void> {
    const before = this.volumes.get(volume) ?? Buffer.alloc(0)
    const content = Buffer.alloc(Math.min(largest * chunk, before.length + chunk / 2))
    if (content.length <= before.length) return
    before.copy(content)
    await this.store.grow(volume, content.length)
    this.volumes.set(volume, content)
  }

  #place(): { storage?: string; format?: 'qcow2' | 'raw' } {
    const [storage = 'local'] = this.#pick(this.#storages)
    return { storage, format: this.#random() < 0.3 ? 'raw' : 'qcow2' }
  }

  #pick<T>(values: readonly T[]): T[] {
    const index = Math.floor(this.#random() * values.length)
    return values.slice(index, index + 1)
  }

  #name(prefix: string): string {
    this.#count += 1
    return `${prefix}-${this.#count}`
  }
}

/** What is wrong, in words: nothing when all content is as the model says. */
export async function differences(
  store: VolumeStore,
  model: { volumes: ReadonlyMap<string, Buffer>; snapshots: ReadonlyMap<string, Buffer> },
): Promise<string[]> {
  const wrong: string[] = []
  const look = async (what: string, wanted: Buffer, images: Promise<DiskImages>): Promise<void> => {
    const has = await contentOf(await images)
    if (!has.equals(wanted)) wrong.push(`${what}: ${has.length} bytes, wanted ${wanted.length}${firstOff(has, wanted)}`)
  }
  for (const [name, content] of model.volumes) await look(name, content, store.images(name))
  for (const [handle, content] of model.snapshots) await look(handle, content, store.snapshotImages(handle))
  const names = [...model.volumes.keys()].toSorted()
  if (String((await store.list()).toSorted()) !== String(names)) wrong.push('other volumes')
  if (String((await store.listSnapshots()).toSorted()) !== String([...model.snapshots.keys()].toSorted()))
    wrong.push('other snapshots')
  return wrong
}

function firstOff(has: Buffer, wanted: Buffer): string {
  const at = has.findIndex((byte, index) => byte !== wanted[index])
  return at === -1 ? '' : `, differs at ${at}: ${has[at] ?? 0} for ${wanted[at] ?? 0}`
}

/** What lies about in a storage that no name needs. */
export async function leftOver(directory: string, store: VolumeStore): Promise<string[]> {
  const needed = new Set<string>()
  const chains = [
    ...(await Promise.all((await store.list()).map((volume) => store.images(volume)))),
    ...(await Promise.all((await store.listSnapshots()).map((handle) => store.snapshotImages(handle)))),
  ]
  for (const { path, backing } of chains)
    for (const image of [path, ...backing.map((each) => each.path)]) needed.add(image)
  const files = (await readdir(join(directory, 'images'))).map((file) => join(directory, 'images', file))
  return [
    ...files.filter((file) => !needed.has(file)),
    ...(await readdir(join(directory, 'staging'))),
    ...(await readdir(join(directory, 'journal'))),
  ]
}

function stale(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'MissingDependency') return
  throw error
}
