/** Unpacked disks and kernels, by image and request: made once, by one rename, and shared by all machines that use them. */

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { asImagingError } from '../free-space.ts'
import { extractFiles, type ImageLayer } from '../oci/extract-files.ts'
import { isObject } from '../oci/manifest.ts'
import { chooseContent, inspectContent, likelyFor, type ContentFile, type ContentRequest } from './content.ts'

export interface CachedContent {
  key: string
  bytes: number
  lastUsed: number
  /** A machine has its files: removing them would free nothing. */
  inUse: boolean
}

const notes = 'content.json'
const stagingPrefix = '.staging-'

export function contentKey(digest: string, content: ContentRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([digest, content]))
    .digest('hex')
}

export class ContentCache {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Files by name (`disk`, `kernel`, `initrd`); undefined when they were not unpacked. */
  async get(key: string, now: Date): Promise<Map<string, ContentFile> | undefined> {
    const folder = join(this.#directory, key)
    try {
      const value: unknown = JSON.parse(await readFile(join(folder, notes), 'utf8'))
      const files = readNotes(value, folder)
      if (files === undefined) return undefined
      for (const file of files.values()) if ((await stat(file.path)).size !== file.bytes) return undefined
      await utimes(join(folder, notes), now, now)
      return files
    } catch {
      // Absent, half-removed or not ours: as good as not unpacked.
      return undefined
    }
  }

  /** @throws {ImagingError} as extractFiles and chooseContent */
  async make(request: {
    key: string
    content: ContentRequest
    layers: readonly ImageLayer[]
    /** For messages. */
    name: string
    maxBytes: number
    signal?: AbortSignal
  }): Promise<Map<string, ContentFile>> {
    const { key, content, layers, name, maxBytes, signal } = request
    const staging = join(this.#directory, `${stagingPrefix}${randomUUID()}`)
    await mkdir(staging, { recursive: true, mode: 0o700 })
    try {
      const extracted = await extractFiles({
        layers,
        likely: likelyFor(content),
        choose: (tree) => chooseContent(tree, content),
        directory: staging,
        maxBytes,
        ...(signal === undefined ? {} : { signal }),
      })
      const files = new Map<string, ContentFile>()
      for (const [id, file] of extracted) files.set(id, await inspectContent(file, content.kind, name))
      const entries = [...files].map(([id, file]) => [id, { ...file, path: basename(file.path) }])
      await writeFile(join(staging, notes), JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 })
      const folder = join(this.#directory, key)
      await rm(folder, { recursive: true, force: true })
      await rename(staging, folder)
      return new Map([...files].map(([id, file]) => [id, { ...file, path: join(folder, basename(file.path)) }]))
    } catch (error) {
      await rm(staging, { recursive: true, force: true })
      throw asImagingError(error, `unpacking ${name}`)
    }
  }

  async list(): Promise<CachedContent[]> {
    const keys = await readdir(this.#directory).catch(() => [])
    const contents: CachedContent[] = []
    for (const key of keys.filter((each) => !each.startsWith('.'))) {
      const folder = join(this.#directory, key)
      const names = await readdir(folder).catch(() => [])
      const stats = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)))
      const found = stats.filter((each) => each !== undefined)
      const used = await stat(join(folder, notes)).catch(() => undefined)
      contents.push({
        key,
        bytes: found.reduce((sum, { blocks }) => sum + blocks * 512, 0),
        lastUsed: used?.mtimeMs ?? 0,
        inUse: found.some(({ nlink }) => nlink > 1),
      })
    }
    return contents
  }

  async remove(key: string): Promise<void> {
    // Renamed first: a folder that is there is whole.
    const gone = join(this.#directory, `${stagingPrefix}${randomUUID()}`)
    await rename(join(this.#directory, key), gone).catch(() => {})
    await rm(gone, { recursive: true, force: true })
  }

  /** What a killed engine was unpacking. Call it before anything is made. */
  async removeLeftovers(): Promise<void> {
    for (const name of await readdir(this.#directory).catch(() => [])) {
      if (name.startsWith(stagingPrefix)) await rm(join(this.#directory, name), { recursive: true, force: true })
    }
  }
}

const names: readonly string[] = ['disk', 'kernel', 'initrd']

function readNotes(value: unknown, folder: string): Map<string, ContentFile> | undefined {
  if (!isObject(value)) return undefined
  const files = new Map<string, ContentFile>()
  for (const [id, file] of Object.entries(value)) {
    if (!names.includes(id) || !isObject(file)) return undefined
    const { bytes, crc32, format } = file
    if (typeof bytes !== 'number' || typeof crc32 !== 'number') return undefined
    const known = format === 'qcow2' || format === 'raw' ? format : undefined
    files.set(id, { path: join(folder, id), bytes, crc32, ...(known === undefined ? {} : { format: known }) })
  }
  return files
}
