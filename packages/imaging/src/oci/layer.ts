/** Reads the tar archive in a layer, whatever it is compressed with, entry by entry and within bounds. */

import { createReadStream } from 'node:fs'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { ImagingError } from '../errors.ts'
import { compressionOf, unpackingProgram } from '../untrusted/unpack.ts'

export type LayerEntryType = 'file' | 'directory' | 'symlink' | 'link' | 'other'

export interface LayerEntry {
  /** As the archive has it: nothing is cleaned or checked yet. */
  path: string
  type: LayerEntryType
  target: string
  /** Bytes. */
  size: number
  /** Counted from 0, in the order of the archive. */
  ordinal: number
}

export interface LayerRequest {
  /** The file of the layer. */
  path: string
  /** For messages: `layer sha256:…`. */
  what: string
  /** Unpacked bytes after which reading ends with an error. */
  maxBytes: number
  /** Gets the content as well, of which it takes as much as it wants. */
  onEntry: (entry: LayerEntry, content: AsyncIterable<Buffer>) => Promise<void>
  signal?: AbortSignal
}

const maxEntries = 1_000_000
/** Entries without content come thousands to a chunk: whoever else waits for this process has a turn in between. */
const turnMs = 10
/** Longest path Linux has. */
const maxPath = 4096

/**
 * Reads a layer to its end.
 * @returns its unpacked bytes
 * @throws {ImagingError} CorruptData, TooLarge, HostileImage, UnknownFormat, Aborted
 */
export async function readLayer(request: LayerRequest): Promise<number> {
  const { path, what, signal } = request
  const kind = await compressionOf(path)
  if (kind === 'xz') throw new ImagingError('UnknownFormat', `${what} is compressed with xz, which images do not use`)
  const tar = extract()
  const bound = boundedBytes(request)
  const reading = readEntries(tar, request)
  reading.catch((error: Error) => tar.destroy(error))
  const { steps, done } = unpacked(kind, request)
  const piping = pipeline([...steps, bound.stream, tar], ...(signal === undefined ? [] : [{ signal }]))
  const outcomes = await Promise.allSettled([reading, piping, done])
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  if (signal?.aborted) throw new ImagingError('Aborted', `reading ${what} was cancelled`)
  // That the program of a layer failed says less than why its output was not wanted, or that it is cut off.
  const typed =
    failures.find((failure) => failure instanceof ImagingError && !isOfProgram(failure)) ?? failures.find(isSystemError)
  if (typed !== undefined) throw typed
  if (failures.length > 0) {
    throw new ImagingError('CorruptData', `${what} cannot be read: it is no tar archive, or is damaged`, {
      cause: failures[0],
    })
  }
  return bound.bytes()
}

function unpacked(
  kind: 'plain' | 'gzip' | 'zstd',
  { path, what, signal }: LayerRequest,
): { steps: [Readable, ...NodeJS.ReadWriteStream[]]; done?: Promise<void> } {
  if (kind === 'zstd') {
    const { stdout, done } = unpackingProgram(kind, { source: path, what, ...(signal === undefined ? {} : { signal }) })
    return { steps: [stdout], done }
  }
  const source = createReadStream(path, { highWaterMark: 256 * 1024 })
  return { steps: kind === 'gzip' ? [source, createGunzip()] : [source] }
}

function isOfProgram({ code }: ImagingError): boolean {
  return code === 'ToolFailed' || code === 'Aborted'
}

async function readEntries(tar: ReturnType<typeof extract>, { what, onEntry }: LayerRequest): Promise<void> {
  let ordinal = 0
  let turnBegan = performance.now()
  for await (const content of tar) {
    const { header } = content
    const { name, size, linkname } = header
    if (ordinal >= maxEntries) throw new ImagingError('TooLarge', `${what} has over ${maxEntries} entries`)
    if (name.length > maxPath || (linkname ?? '').length > maxPath) {
      throw new ImagingError('HostileImage', `${what} has a path of over ${maxPath} characters`)
    }
    const bytes = content as unknown as AsyncIterable<Buffer> // tar-stream yields what it was given: buffers
    await onEntry({ path: name, type: typeOf(header.type), target: linkname ?? '', size: size ?? 0, ordinal }, bytes)
    content.resume()
    ordinal += 1
    if (performance.now() - turnBegan < turnMs) continue
    await nextTurn()
    turnBegan = performance.now()
  }
}

/** Sparse files of GNU tar, devices and pipes are `other`. */
function typeOf(type: string | null): LayerEntryType {
  if (type === 'file' || type === 'contiguous-file') return 'file'
  return type === 'directory' || type === 'symlink' || type === 'link' ? type : 'other'
}

/** A few kilobytes can unpack to terabytes. */
function boundedBytes({ what, maxBytes }: LayerRequest): { stream: Transform; bytes: () => number } {
  let bytes = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > maxBytes) done(new ImagingError('TooLarge', `${what} unpacks to more than ${maxBytes} bytes`))
      else done(undefined, chunk)
    },
  })
  return { stream, bytes: () => bytes }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
