/** Writes what somebody sends into a file: bounded, sparse, and synced unless the caller does that. */

import { stat } from 'node:fs/promises'
import { ImagingError, throwIfAborted } from '../errors.ts'
import { asImagingError, requireFreeBytes } from '../free-space.ts'
import { writeSparse } from '../sparse-file.ts'

/**
 * @param request.path a new file; after a failure the caller removes what is there
 * @param request.body whoever gives it may use the memory of a piece again when the next one is asked for
 * @param request.bytes as announced
 * @param request.sync false where a power cut may take the file
 * @throws {ImagingError} TooLarge, NetworkFailed (not as many bytes as announced), NoSpace, Aborted
 */
export async function receiveFile(request: {
  path: string
  body: AsyncIterable<Uint8Array>
  what: string
  maxBytes: number
  bytes?: number
  sync?: boolean
  signal?: AbortSignal
}): Promise<void> {
  const { path, body, what, maxBytes, bytes: announced, sync = true, signal } = request
  if (announced !== undefined && announced > maxBytes) throw tooLarge(what, announced, maxBytes)
  if (announced !== undefined) await requireFreeBytes(path, announced, what)
  try {
    await writeSparse(path, bounded(), { purpose: what, sync })
  } catch (error) {
    throwIfAborted(signal, what)
    if (isCut(error)) throw cutOff(what, error)
    throw asImagingError(error, what)
  }
  const { size } = await stat(path)
  if (size === 0) throw new ImagingError('UnknownFormat', `${what} is empty`)
  if (announced !== undefined && size !== announced) {
    throw new ImagingError('NetworkFailed', `${what} ended after ${size} of ${announced} bytes`, {
      remedy: 'Send it again.',
    })
  }

  async function* bounded(): AsyncIterable<Uint8Array> {
    let received = 0
    for await (const chunk of body) {
      throwIfAborted(signal, what)
      received += chunk.length
      if (received > Math.min(maxBytes, announced ?? maxBytes)) throw tooLarge(what, received, announced ?? maxBytes)
      yield chunk
    }
  }
}

function isCut(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'EPIPE'
}

function cutOff(what: string, cause: unknown): ImagingError {
  return new ImagingError('NetworkFailed', `${what} was cut off`, { cause, remedy: 'Send it again.' })
}

function tooLarge(what: string, bytes: number, limit: number): ImagingError {
  return new ImagingError('TooLarge', `${what} has at least ${bytes} bytes; the limit is ${limit}`, {
    remedy: 'Ask for a larger disk, if it is the image that is meant.',
  })
}
