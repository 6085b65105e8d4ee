/** Takes the compression off a file of unknown origin, into a file of bounded size. */

import { closeSync, constants, createReadStream, openSync } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { contentKind, type ContentKind } from '../download/content-kind.ts'
import { ImagingError } from '../errors.ts'
import { asImagingError } from '../free-space.ts'
import type { OnProgress } from '../progress.ts'
import { streamProcess, type StreamedProcess } from '../run-process.ts'
import { writeSparse } from '../sparse-file.ts'
import { workUser } from './work-user.ts'

export interface UnpackRequest {
  source: string
  /** A new file. Absent after a failure. */
  target: string
  /** For messages. */
  what: string
  /** Unpacked bytes after which it ends with an error. */
  maxBytes: number
  onProgress?: OnProgress
  signal?: AbortSignal
}

const chunkSize = 256 * 1024
const programMs = 6 * 3600_000

/** How a file is compressed, by its own first bytes: names and media types are wrong too often. */
export async function compressionOf(path: string): Promise<ContentKind> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(8)
    await file.read(head, 0, head.length, 0)
    return contentKind(head)
  } finally {
    await file.close()
  }
}

/**
 * @returns the unpacked bytes
 * @throws {ImagingError} CorruptData, TooLarge, NoSpace, Aborted, ToolMissing (xz)
 */
export async function unpack(request: UnpackRequest): Promise<number> {
  const { source, target, what, signal } = request
  const kind = await compressionOf(source)
  try {
    const { bytes } = kind === 'xz' || kind === 'zstd' ? await fromProgram(kind, request) : await fromGzip(request)
    return bytes
  } catch (error) {
    await rm(target, { force: true })
    if (signal?.aborted) throw new ImagingError('Aborted', `unpacking ${what} was cancelled`, { cause: error })
    const failure = asImagingError(error, `unpacking ${what}`)
    if (failure instanceof ImagingError && failure.code !== 'ToolFailed') throw failure
    throw new ImagingError('CorruptData', `${what} is damaged or cut off: its ${kind} compression cannot be undone`, {
      cause: error,
      remedy: 'Compare it with what its publisher gives, and bring it again.',
    })
  }
}

async function fromGzip(request: UnpackRequest): Promise<{ bytes: number }> {
  const { source, target, what, signal } = request
  const bounded = boundedBytes(request)
  const counted = await countRead(request)
  const piping = pipeline(
    [createReadStream(source, { highWaterMark: chunkSize }), counted, createGunzip({ chunkSize }), bounded],
    signal === undefined ? {} : { signal },
  )
  const writing = writeSparse(target, bounded, { purpose: `unpacking ${what}`, sync: false })
  writing.catch((error: Error) => bounded.destroy(error))
  const [piped, written] = await Promise.allSettled([piping, writing])
  for (const each of [written, piped]) {
    if (each.status === 'rejected' && each.reason instanceof ImagingError) throw each.reason
  }
  if (piped.status === 'rejected') throw piped.reason
  if (written.status === 'rejected') throw written.reason
  return written.value
}

/** Programs that write the unpacked bytes to their output: xz has no codec in Node, and Node's of zstd stops after the first of several frames. */
const programs = {
  xz: { command: 'xz', flags: ['-dc', '--memlimit-decompress=256MiB'] },
  zstd: { command: 'zstd', flags: ['-dcq', '--no-progress', '--memory=256MB'] },
} as const

/**
 * Reads a compressed file through its program, which runs without privileges and gets that file and no other. `done` must be waited for:
 * only it tells that the file was whole.
 */
export function unpackingProgram(
  kind: keyof typeof programs,
  { source, what, signal }: Pick<UnpackRequest, 'source' | 'what' | 'signal'>,
): StreamedProcess {
  const { command, flags } = programs[kind]
  const user = workUser()
  const stdin = openSync(source, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    return streamProcess({
      command,
      args: flags,
      stdin,
      purpose: `unpacking ${what}`,
      timeoutMs: programMs,
      endsWithUs: true,
      limits: { cpuSeconds: 3600, addressSpaceBytes: 1024 ** 3, fileSizeBytes: 1 },
      ...(user === undefined ? {} : { user }),
      ...(signal === undefined ? {} : { signal }),
    })
  } finally {
    closeSync(stdin)
  }
}

async function fromProgram(kind: keyof typeof programs, request: UnpackRequest): Promise<{ bytes: number }> {
  const { target, what } = request
  const { stdout, done } = unpackingProgram(kind, request)
  const bounded = boundedBytes(request)
  const piping = pipeline([stdout, bounded])
  piping.catch(() => {})
  const written = await writeSparse(target, bounded, { purpose: `unpacking ${what}`, sync: false })
  await done
  return written
}

/** A few kilobytes can unpack to terabytes. */
function boundedBytes({ what, maxBytes }: UnpackRequest): Transform & Readable {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes <= maxBytes) return done(undefined, chunk)
      done(
        new ImagingError('TooLarge', `${what} unpacks to more than ${maxBytes} bytes`, {
          remedy: 'Ask for a larger disk, if the image is what you think it is.',
        }),
      )
    },
  })
}

async function countRead({ source, what, onProgress }: UnpackRequest): Promise<Transform> {
  const { size: total } = await stat(source)
  let done = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length
      onProgress?.({ step: `Unpacking ${what}`, done, total })
      next(undefined, chunk)
    },
  })
}
