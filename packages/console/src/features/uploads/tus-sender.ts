/** One file on its way by tus; loaded when the first one is sent. */

import { DetailedError, Upload } from 'tus-js-client'
import { uploadsPath } from '@berth/view'
import { csrfHeaders } from '../../backend/index.ts'

export interface Sender {
  start(): void
  /** What is under way is given up; what has arrived is kept there. */
  pause(): Promise<void>
}

export interface SendOptions {
  file: File
  /** Of one that is there and goes on. */
  id?: string
  sha256?: string
  onId: (id: string) => void
  onProgress: (sent: number) => void
  onDone: () => void
  onError: (message: string) => void
}

/** A request that lasts longer than the server waits is cut, and what came of it counts: small enough that slow lines seldom see that. */
const chunkBytes = 8 * 1024 ** 2
/** Milliseconds; anything that arrives in between begins them anew. */
const retryDelays = [0, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000]

export function makeSender({ file, id, sha256, onId, onProgress, onDone, onError }: SendOptions): Sender {
  const endpoint = new URL(uploadsPath, location.href).href
  const upload = new Upload(file, {
    endpoint,
    ...(id === undefined ? {} : { uploadUrl: `${endpoint}/${encodeURIComponent(id)}` }),
    metadata: {
      filename: file.name,
      modified: String(file.lastModified),
      ...(sha256 === undefined ? {} : { sha256 }),
    },
    chunkSize: chunkBytes,
    retryDelays,
    // The server lists what is there; the browser keeps nothing.
    storeFingerprintForResuming: false,
    onBeforeRequest(request) {
      for (const [name, value] of Object.entries(csrfHeaders())) request.setHeader(name, value)
    },
    onUploadUrlAvailable() {
      const found = new URL(upload.url ?? '', endpoint).pathname.split('/').at(-1) ?? ''
      onId(decodeURIComponent(found))
    },
    onShouldRetry(error) {
      const code = error.originalResponse?.getStatus() ?? 0
      // Offsets that do not match are asked for anew; a request that was cut has brought something.
      return code === 0 || code === 408 || code === 409 || code === 423 || code === 429 || code >= 500
    },
    onProgress: (sent) => onProgress(sent),
    onSuccess: () => onDone(),
    onError: (error) => onError(wordsOf(error)),
  })
  return {
    start: () => upload.start(),
    pause: async () => upload.abort(),
  }
}

/** The server's own words where it has said any. */
function wordsOf(error: Error): string {
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : undefined
  if (body === undefined || body === '') return error instanceof DetailedError ? '' : error.message
  try {
    const { message }: { message?: unknown } = Object(JSON.parse(body))
    return typeof message === 'string' ? message : body
  } catch {
    return body.trim()
  }
}
