/** Which image a name means on this host: one small file per name, replaced by rename. */

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject } from '../oci/manifest.ts'
import { readDigest } from '../oci/digest.ts'

export interface NamedImage {
  /** The whole name: `quay.io/containerdisks/fedora:40`. */
  name: string
  /** Of the manifest. */
  digest: string
  /** Loaded images stay until they are removed; pulled ones may be pulled again. */
  source: 'pull' | 'load'
  /** ISO 8601. */
  createdAt: string
}

export interface UsedImage extends NamedImage {
  /** Milliseconds since 1970. */
  lastUsed: number
}

export class ImageNames {
  readonly #directory: string

  /** @param directory made when something is named */
  constructor(directory: string) {
    this.#directory = directory
  }

  async get(name: string): Promise<NamedImage | undefined> {
    const found = await this.#read(this.#file(name))
    return found?.name === name ? found : undefined
  }

  /** Sorted by name. */
  async list(): Promise<UsedImage[]> {
    const files = await readdir(this.#directory).catch(() => [])
    const images = await Promise.all(
      files
        .filter((file) => file.endsWith('.json'))
        .map(async (file) => {
          const path = join(this.#directory, file)
          const image = await this.#read(path)
          const used = await stat(path).catch(() => undefined)
          return image === undefined || used === undefined ? undefined : { ...image, lastUsed: used.mtimeMs }
        }),
    )
    return images.filter((image) => image !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  async set(image: NamedImage): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const file = this.#file(image.name)
    const staging = `${file}.${randomUUID()}`
    await writeFile(staging, JSON.stringify(image), { mode: 0o600 })
    await rename(staging, file)
  }

  async touch(name: string, now: Date): Promise<void> {
    await utimes(this.#file(name), now, now).catch(() => {})
  }

  /** @returns false when there was none */
  async remove(name: string): Promise<boolean> {
    const there = (await this.get(name)) !== undefined
    await rm(this.#file(name), { force: true })
    return there
  }

  /** Names have slashes and colons; files are named by a hash. */
  #file(name: string): string {
    return join(this.#directory, `${createHash('sha256').update(name).digest('hex')}.json`)
  }

  async #read(path: string): Promise<NamedImage | undefined> {
    try {
      const value: unknown = JSON.parse(await readFile(path, 'utf8'))
      if (!isObject(value)) return undefined
      const { name, digest, source, createdAt } = value
      if (typeof name !== 'string' || typeof digest !== 'string' || readDigest(digest) === undefined) return undefined
      if ((source !== 'pull' && source !== 'load') || typeof createdAt !== 'string') return undefined
      return { name, digest, source, createdAt }
    } catch {
      // Absent, or not ours: as good as no image.
      return undefined
    }
  }
}
