/** The last touches on every answer: headers of all answers, warnings, no body for HEAD, compression of big bodies. */

import { promisify } from 'node:util'
import { constants, createGzip, gzip } from 'node:zlib'
import { Readable } from 'node:stream'
import type { ApiAnswer, ApiRequest } from '../transport.ts'
import { acceptsGzip } from './accept-encoding.ts'
import type { Warnings } from './warnings.ts'

const compress = promisify(gzip)

/** The fastest level: lists shrink tenfold with it, and the server's time is worth more than the last percents. */
const level = { level: constants.Z_BEST_SPEED }

export interface FinishOptions {
  headers: Readonly<Record<string, string>>
  warnings: Warnings
  gzipBytes: number
}

export async function finish(request: ApiRequest, answer: ApiAnswer, options: FinishOptions): Promise<ApiAnswer> {
  if (answer.kind === 'upgrade') return answer
  const headers = { ...answer.headers, ...options.headers, ...options.warnings.headers() }
  if (request.method === 'HEAD') return withoutBody(answer, headers)
  if (lengthOf(answer) < options.gzipBytes || !acceptsGzip(request.headers['accept-encoding'] ?? '')) {
    return { ...answer, headers }
  }
  const { 'content-length': _, ...rest } = headers
  const compressed = { ...rest, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }
  if (answer.kind === 'full') return { ...answer, headers: compressed, body: await compress(answer.body, level) }
  // In the thread pool, piece by piece.
  return { ...answer, headers: compressed, body: Readable.from(answer.body).compose(createGzip(level)) }
}

/** A stream says how long it is when it is a list; a watch or a log has no length, and is never held up by compression. */
function lengthOf(answer: Exclude<ApiAnswer, { kind: 'upgrade' }>): number {
  if (answer.kind === 'full') return Buffer.byteLength(answer.body)
  return Number(answer.headers['content-length'] ?? 0)
}

async function withoutBody(
  answer: Exclude<ApiAnswer, { kind: 'upgrade' }>,
  headers: Record<string, string | string[]>,
): Promise<ApiAnswer> {
  if (answer.kind === 'full') {
    return { ...answer, headers: { ...headers, 'content-length': String(Buffer.byteLength(answer.body)) }, body: '' }
  }
  await answer.body[Symbol.asyncIterator]().return?.()
  return { kind: 'full', code: answer.code, headers, body: '' }
}
