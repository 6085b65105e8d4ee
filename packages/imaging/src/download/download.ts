/** Downloads a file over http or https: resumes after a break, checks size and checksum, appears complete or not at all. */

import { open, rename, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { backoffDelay, type BackoffPolicy } from '@berth/base'
import { type Checksum, fileChecksum, parseChecksum, requireChecksum } from '../checksum.ts'
import { ImagingError, throwIfAborted } from '../errors.ts'
import { asImagingError, requireFreeBytes, requireReserve } from '../free-space.ts'
import { PieceWriter } from '../piece-writer.ts'
import type { OnProgress } from '../progress.ts'
import { readBody } from './body-tap.ts'
import { contentKind, type ContentKind } from './content-kind.ts'
import { forgetPartial, openPartial, type PartialFile } from './partial-file.ts'
import { connectionFailure } from './connection-failure.ts'
import type { ProxySettings } from './proxy.ts'
import { get, type Answer } from './request.ts'
import { RetryableFailure } from './retryable.ts'
import { parseUrl, showUrl } from './safe-url.ts'

export interface DownloadRequest {
  /** http or https. */
  url: string
  /** Where the file goes; replaced when it exists. While it grows it is `<target>.part`. */
  target: string
  /** `sha256:…`, `sha512:…`, `sha1:…` or `md5:…`. */
  checksum?: string
  maxBytes: number
  /**
   * After a failure that may pass, or a crash, keep `<target>.part` (and `<target>.part.json`), and go on from there next time.
   * Without a checksum use it only where a file half-written by a power cut is noticed otherwise.
   */
  resume?: boolean
  /** False where a power cut may take the file, or leave holes in it: it is not waited for until the disk has it. */
  sync?: boolean
  /** Sent to the given host only, not to where it redirects; never shown. A function is asked at every try: tokens expire. */
  headers?: Record<string, string> | (() => Promise<Record<string, string>>)
  /** PEM certificates to trust instead of the system's. */
  ca?: string
  /** A direct connection unless given. */
  proxy?: ProxySettings
  onProgress?: OnProgress
  signal?: AbortSignal
  /** 15 s unless given. */
  connectTimeoutMs?: number
  /** 60 s unless given. */
  idleTimeoutMs?: number
  /** How often to go on after a failure without any progress; 5 unless given. */
  retries?: number
  backoff?: BackoffPolicy
  /** Where it would have to wait for longer before it goes on, it ends: whoever asked has others to serve. */
  mostWaitMs?: number
  random?: () => number
}

export interface Downloaded {
  path: string
  bytes: number
  /** Compression by the file's own first bytes; nothing was unpacked. */
  kind: ContentKind
  /** After redirects, without secrets. */
  source: string
}

const defaultIdleMs = 60_000
const defaultBackoff: BackoffPolicy = { initialMs: 500, maxMs: 15_000 }

/**
 * Downloads `url` to `target`.
 * @throws {ImagingError} InvalidArgument, NotFound, Refused, TooLarge, ChecksumMismatch, NoSpace, NetworkFailed, ServerFailed,
 *   TimedOut, Aborted
 */
export async function download(request: DownloadRequest): Promise<Downloaded> {
  const url = parseUrl(request.url)
  const checksum = request.checksum === undefined ? undefined : parseChecksum(request.checksum)
  const target = resolve(request.target)
  const part = `${target}.part`
  throwIfAborted(request.signal, `the download of ${showUrl(url)}`)
  const resume = request.resume ?? false
  try {
    const partial = await openPartial({ part, url, resume })
    try {
      await fetchAll(request, url, partial, target)
      // The last zeros may not have been written.
      await partial.file.truncate(partial.received)
      if (request.sync !== false) await partial.file.sync()
    } finally {
      await partial.file.close()
    }
    const kind = await finish({ part, target, url, checksum, signal: request.signal })
    await forgetPartial(part)
    return { path: target, bytes: partial.received, kind, source: showUrl(partial.source) }
  } catch (error) {
    const failure = asImagingError(error, `downloading ${showUrl(url)}`)
    if (!resume || !mayPass(failure)) await forgetPartial(part)
    throw failure
  }
}

const passing: readonly string[] = ['NetworkFailed', 'ServerFailed', 'TimedOut', 'Aborted', 'NoSpace']

function mayPass(failure: unknown): boolean {
  return failure instanceof ImagingError && passing.includes(failure.code)
}

async function fetchAll(request: DownloadRequest, url: URL, partial: PartialFile, target: string): Promise<void> {
  const { signal, retries = 5, backoff = defaultBackoff, mostWaitMs = Infinity, random = Math.random } = request
  for (let failures = 0; ;) {
    const before = partial.received
    let waitMs = 0
    try {
      await fetchOnce(request, url, partial, target)
      return
    } catch (error) {
      if (!(error instanceof RetryableFailure)) throw error
      // A long download over a bad line may break often; only breaks without progress count.
      failures = partial.received > before ? 1 : failures + 1
      waitMs = Math.max(error.failure.retryAfterMs ?? 0, backoffDelay(backoff, failures, random()))
      if (failures > retries || waitMs > mostWaitMs) throw error.failure
    }
    await wait(waitMs, undefined, { signal }).catch(() => {
      throwIfAborted(signal, `the download of ${showUrl(url)}`)
    })
  }
}

async function fetchOnce(request: DownloadRequest, url: URL, partial: PartialFile, target: string): Promise<void> {
  const { connectTimeoutMs = 15_000, idleTimeoutMs = defaultIdleMs, maxBytes, signal, ca, proxy } = request
  const resume: Record<string, string> =
    partial.received > 0 && partial.validator !== undefined
      ? { range: `bytes=${partial.received}-`, 'if-range': partial.validator }
      : {}
  const given = typeof request.headers === 'function' ? await request.headers() : request.headers
  const headers = { ...given, ...resume }
  const common = { ca, proxy, connectTimeoutMs, idleTimeoutMs, signal }
  const answer = await get({ ...common, url, headers, tapped: true })
  const { response, url: source } = answer
  try {
    if (!(await acceptResponse(response, partial))) return
    partial.source = source
    if (partial.total !== undefined) {
      if (partial.total > maxBytes) throw tooLarge(url, `has ${partial.total} bytes`, maxBytes)
      await requireFreeBytes(target, partial.total - partial.received, `downloading ${showUrl(url)}`)
    }
    await receive(request, answer, url, partial)
  } finally {
    response.destroy()
  }
}

/** Sets `received`, `total` and `validator` by the answer. @returns false when nothing is missing any more */
async function acceptResponse(response: IncomingMessage, partial: PartialFile): Promise<boolean> {
  const { headers, statusCode } = response
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '')
  // Another length is another file, whatever the server says about it.
  const same = range?.[2] === '*' || partial.total === undefined || Number(range?.[2]) === partial.total
  if (statusCode === 206 && range && Number(range[1]) === partial.received && same) return true
  const complete = statusCode === 416 && partial.total !== undefined && partial.received === partial.total
  if (complete) return false
  // Anything but exactly the rest: begin again. With 416 or an odd 206, the next try asks for the whole file.
  await partial.file.truncate(0)
  partial.received = 0
  partial.validator = validatorOf(response)
  partial.total = undefined
  if (statusCode !== 200) {
    partial.validator = undefined
    await partial.remember()
    throw new RetryableFailure(
      new ImagingError('ServerFailed', `${showUrl(partial.source)} cannot resume the download`),
    )
  }
  const length = headers['content-length']
  partial.total = length === undefined ? undefined : Number(length)
  await partial.remember()
  return true
}

function validatorOf({ headers }: IncomingMessage): string | undefined {
  // A weak ETag (W/"…") does not promise the same bytes (RFC 9110, section 13.1.5).
  if (headers.etag !== undefined && !headers.etag.startsWith('W/')) return headers.etag
  return headers['last-modified']
}

/** A byte a minute keeps nothing open: fewer than this in the time for idleness are as good as none. */
const signBytes = 16 * 1024

/** Bytes between two looks at the room that is left: a server may send without saying how much, or share the disk with others. */
const lookEvery = 64 * 1024 ** 2

async function receive(request: DownloadRequest, answer: Answer, url: URL, partial: PartialFile): Promise<void> {
  const step = `Downloading ${showUrl(url)}`
  const folder = dirname(resolve(request.target))
  const writer = new PieceWriter(partial.file, partial.received)
  const { idleTimeoutMs = defaultIdleMs } = request
  let unlooked = lookEvery
  let sign = { at: performance.now(), received: partial.received }
  const take = (piece: Uint8Array): Promise<void> | undefined => {
    if (partial.received - sign.received >= signBytes) {
      sign = { at: performance.now(), received: partial.received }
    } else if (performance.now() - sign.at > idleTimeoutMs) {
      throw new RetryableFailure(
        new ImagingError('TimedOut', `${showUrl(url)}: hardly anything arrived for ${idleTimeoutMs / 1000} s`),
      )
    }
    if (partial.received + piece.length > request.maxBytes) {
      throw tooLarge(url, `has more than ${request.maxBytes} bytes`, request.maxBytes)
    }
    if (unlooked >= lookEvery) {
      requireReserve(folder, `downloading ${showUrl(url)}`)
      unlooked = 0
    }
    unlooked += piece.length
    const room = writer.add(piece)
    partial.received += piece.length
    request.onProgress?.({
      step,
      done: partial.received,
      ...(partial.total === undefined ? {} : { total: partial.total }),
    })
    return room
  }
  try {
    await readBody(answer, take)
    await writer.flush()
  } catch (error) {
    // The next try goes on after what was received: that has to be in the file.
    await writer.flush()
    if (error instanceof ImagingError || isFileError(error)) throw error
    throw connectionFailure(url, error instanceof Error ? error : new Error(String(error)), request.signal)
  }
  if (partial.total !== undefined && partial.received !== partial.total) {
    const what = `${showUrl(url)} sent ${partial.received} of ${partial.total} bytes`
    throw new RetryableFailure(new ImagingError('NetworkFailed', what))
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'write' && !('address' in error)
}

function tooLarge(url: URL, what: string, maxBytes: number): ImagingError {
  return new ImagingError('TooLarge', `${showUrl(url)} ${what}; the limit is ${maxBytes}`)
}

interface FinishRequest {
  part: string
  target: string
  url: URL
  checksum: Checksum | undefined
  signal: AbortSignal | undefined
}

async function finish({ part, target, url, checksum, signal }: FinishRequest): Promise<ContentKind> {
  if (checksum) requireChecksum(showUrl(url), checksum, await fileChecksum(part, checksum.algorithm, signal))
  const { size } = await stat(part)
  const file = await open(part, 'r')
  const head = Buffer.alloc(Math.min(8, size))
  try {
    await file.read(head, 0, head.length, 0)
  } finally {
    await file.close()
  }
  await rename(part, target)
  return contentKind(head)
}
