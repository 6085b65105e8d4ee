/**
 * Images kept on disk by name, `<directory>/<name>/{image.qcow2,image.json}`: each appears complete in one rename, and two
 * builders of one name do not meet.
 */

import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileChecksum } from './checksum.ts'
import { ImagingError, throwIfAborted } from './errors.ts'
import { asImagingError } from './free-space.ts'
import { imageInfo } from './qemu-img.ts'
import { withLock } from './lock.ts'

export interface CachedImage {
  /** `debian-12` */
  name: string
  /** Absolute path of the qcow2 image. Do not write to it: use it as backing, or copy it. */
  path: string
  /** Of the file's bytes, hexadecimal. */
  sha256: string
  /** Of the file. */
  bytes: number
  virtualSizeBytes: number
  /** ISO 8601. */
  createdAt: string
  /** For a person: where it comes from. */
  description: string
}

export interface AddRequest {
  name: string
  description: string
  /** Writes a qcow2 image to the path it is given. */
  build: (path: string) => Promise<void>
  signal?: AbortSignal
}

export class ImageCache {
  readonly #directory: string
  readonly #now: () => Date

  /** @param directory made when something is added */
  constructor(directory: string, now: () => Date = () => new Date()) {
    this.#directory = directory
    this.#now = now
  }

  /** Sorted by name. */
  async list(): Promise<CachedImage[]> {
    const names = await readdir(this.#directory).catch(() => [])
    const images = await Promise.all(names.filter(isName).map((name) => this.get(name)))
    return images.filter((image) => image !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Undefined when there is none of this name. */
  async get(name: string): Promise<CachedImage | undefined> {
    const folder = this.#folder(name)
    try {
      const path = join(folder, imageFile)
      const parsed: unknown = JSON.parse(await readFile(join(folder, metadataFile), 'utf8'))
      const { size } = await stat(path)
      return isMetadata(parsed) && size === parsed.bytes ? { ...parsed, name, path } : undefined
    } catch {
      // Absent, or not ours: as good as not cached.
      return undefined
    }
  }

  /**
   * The image of this name, built when it is not there. Another process that builds the same one is waited for.
   * @throws {ImagingError} what `build` throws; InvalidArgument, NoSpace, Aborted
   */
  async ensure(request: AddRequest): Promise<CachedImage> {
    const cached = await this.get(request.name)
    if (cached) return cached
    return this.#locked(request, async () => (await this.get(request.name)) ?? this.#build(request))
  }

  /** Builds the image anew, in place of one that may be there. @throws as `ensure` */
  async replace(request: AddRequest): Promise<CachedImage> {
    return this.#locked(request, () => this.#build(request))
  }

  /** @returns false when there was none */
  async remove(name: string): Promise<boolean> {
    const folder = this.#folder(name)
    const there = await stat(folder).then(
      () => true,
      () => false,
    )
    await rm(folder, { recursive: true, force: true })
    return there
  }

  async #locked<T>({ name, signal }: AddRequest, work: () => Promise<T>): Promise<T> {
    this.#folder(name)
    await mkdir(this.#directory, { recursive: true })
    return withLock({ path: join(this.#directory, `.${name}.lock`), what: `the image ${name}`, signal }, work)
  }

  async #build({ name, description, build, signal }: AddRequest): Promise<CachedImage> {
    await this.#removeLeftovers(name)
    const staging = join(this.#directory, `.staging-${name}-${randomUUID()}`)
    await mkdir(staging)
    try {
      const image = join(staging, imageFile)
      await build(image)
      throwIfAborted(signal, `adding the image ${name}`)
      const { virtualSizeBytes } = await imageInfo({ path: image, format: 'qcow2', signal })
      const metadata = {
        sha256: await fileChecksum(image, 'sha256', signal),
        bytes: (await stat(image)).size,
        virtualSizeBytes,
        createdAt: this.#now().toISOString(),
        description,
      }
      await writeFile(join(staging, metadataFile), `${JSON.stringify(metadata, undefined, 2)}\n`)
      await syncFile(image)
      await rm(this.#folder(name), { recursive: true, force: true })
      await rename(staging, this.#folder(name))
      return { ...metadata, name, path: join(this.#folder(name), imageFile) }
    } catch (error) {
      await rm(staging, { recursive: true, force: true })
      throw asImagingError(error, `adding the image ${name}`)
    }
  }

  /** What a killed builder of this name left; we hold its lock. */
  async #removeLeftovers(name: string): Promise<void> {
    const prefix = `.staging-${name}-`
    for (const entry of await readdir(this.#directory)) {
      // The rest is a UUID: `debian-12` must not remove what `debian-12-small` is building.
      if (entry.startsWith(prefix) && entry.length === prefix.length + 36) {
        await rm(join(this.#directory, entry), { recursive: true, force: true })
      }
    }
  }

  #folder(name: string): string {
    if (!isName(name)) {
      throw new ImagingError('InvalidArgument', `${JSON.stringify(name)} is not a name for an image`, {
        remedy: 'Use lower-case letters, digits, dots and dashes, at most 63, a letter or digit first.',
      })
    }
    return join(this.#directory, name)
  }
}

const imageFile = 'image.qcow2'
const metadataFile = 'image.json'

function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,62}$/.test(name)
}

type Metadata = Omit<CachedImage, 'name' | 'path'>

function isMetadata(value: unknown): value is Metadata {
  if (typeof value !== 'object' || value === null) return false
  const types: Record<keyof Metadata, string> = {
    sha256: 'string',
    bytes: 'number',
    virtualSizeBytes: 'number',
    createdAt: 'string',
    description: 'string',
  }
  return Object.entries(types).every(([key, type]) => typeof Reflect.get(value, key) === type)
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
