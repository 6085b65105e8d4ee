/** Manifests and layers on disk by their digest. Each appears complete and checked, by one rename. */

import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { ImagingError, throwIfAborted } from '../errors.ts'
import { asImagingError } from '../free-space.ts'
import { mismatch, parseDigest, startDigest } from '../oci/digest.ts'
import { maxManifestBytes } from '../oci/manifest.ts'

export interface StoredBlob {
  digest: string
  path: string
  /** On disk. */
  bytes: number
  /** Milliseconds since 1970. */
  lastUsed: number
}

export class BlobStore {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  path(digest: string): string {
    const { algorithm, hex } = parseDigest(digest)
    return join(this.#directory, 'blobs', algorithm, hex)
  }

  async has(digest: string): Promise<boolean> {
    return stat(this.path(digest)).then(
      (found) => found.isFile(),
      () => false,
    )
  }

  /** A manifest or configuration; undefined when it is not there. */
  async read(digest: string): Promise<Buffer | undefined> {
    const path = this.path(digest)
    const found = await ifThere(stat(path))
    return found === undefined || found.size > maxManifestBytes ? undefined : ifThere(readFile(path))
  }

  /** Marks the blob as used now. */
  async touch(digest: string, now: Date): Promise<void> {
    await ifThere(utimes(this.path(digest), now, now))
  }

  /** A name for a file on its way to `keep`; the same one every time, so that a download can go on. */
  async incoming(digest: string): Promise<string> {
    const { algorithm, hex } = parseDigest(digest)
    const folder = join(this.#directory, 'incoming')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return join(folder, `${algorithm}-${hex}`)
  }

  /** Takes a file in whose content was checked against the digest. */
  async keep(digest: string, file: string): Promise<void> {
    const target = this.path(digest)
    await mkdir(join(target, '..'), { recursive: true, mode: 0o700 })
    await rename(file, target)
  }

  /** @throws {ImagingError} NoSpace, Io */
  async write(digest: string, content: Uint8Array): Promise<void> {
    const file = `${await this.incoming(digest)}.${randomUUID()}`
    try {
      const handle = await open(file, 'wx', 0o600)
      try {
        await handle.writeFile(content)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await this.keep(digest, file)
    } catch (error) {
      await rm(file, { force: true })
      throw asImagingError(error, `storing ${digest}`)
    }
  }

  /**
   * Copies a file of unknown content in and checks it on the way.
   * @throws {ImagingError} ChecksumMismatch, NotFound, NoSpace, Aborted
   */
  async copyIn(digest: string, source: string, signal?: AbortSignal): Promise<void> {
    const expected = parseDigest(digest)
    const file = `${await this.incoming(digest)}.${randomUUID()}`
    try {
      const hash = startDigest(expected)
      const handle = await open(file, 'wx', 0o600)
      try {
        for await (const data of createReadStream(source, { highWaterMark: 1024 * 1024 })) {
          throwIfAborted(signal, `loading ${digest}`)
          const chunk = data as Buffer // without an encoding a file stream yields buffers
          hash.update(chunk)
          await handle.write(chunk)
        }
        await handle.sync()
      } finally {
        await handle.close()
      }
      const hex = hash.digest('hex')
      if (hex !== expected.hex) throw mismatch(source, digest, `${expected.algorithm}:${hex}`)
      await this.keep(digest, file)
    } catch (error) {
      await rm(file, { force: true })
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        throw new ImagingError('NotFound', `the image lacks ${digest}`, { cause: error })
      }
      throw asImagingError(error, `loading ${digest}`)
    }
  }

  async list(): Promise<StoredBlob[]> {
    const blobs: StoredBlob[] = []
    for (const algorithm of (await ifThere(readdir(join(this.#directory, 'blobs')))) ?? []) {
      for (const hex of (await ifThere(readdir(join(this.#directory, 'blobs', algorithm)))) ?? []) {
        const path = join(this.#directory, 'blobs', algorithm, hex)
        const found = await ifThere(stat(path))
        if (found === undefined) continue
        blobs.push({ digest: `${algorithm}:${hex}`, path, bytes: found.blocks * 512, lastUsed: found.mtimeMs })
      }
    }
    return blobs
  }

  async remove(digest: string): Promise<void> {
    await rm(this.path(digest), { force: true })
  }

  /** Removes what broken-off work left and nobody has gone on with since. */
  async removeIncoming(before: Date): Promise<void> {
    const folder = join(this.#directory, 'incoming')
    for (const name of (await ifThere(readdir(folder))) ?? []) {
      const path = join(folder, name)
      const found = await ifThere(stat(path))
      if (found !== undefined && found.mtimeMs < before.getTime()) await rm(path, { recursive: true, force: true })
    }
  }
}

/** Another process may have cleaned up meanwhile: what is gone is not an error, anything else is. */
async function ifThere<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
