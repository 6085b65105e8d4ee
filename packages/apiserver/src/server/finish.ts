/** The last touches on every answer: warnings, no body for HEAD, compression of big bodies. */

import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { ApiAnswer, ApiRequest } from '../transport.ts'
import type { Warnings } from './warnings.ts'

const compress = promisify(gzip)

export interface FinishOptions {
  warnings: Warnings
  gzipBytes: number
}

export async function finish(request: ApiRequest, answer: ApiAnswer, options: FinishOptions): Promise<ApiAnswer> {
  if (answer.kind === 'upgrade') return answer
  const headers = { ...answer.headers, ...options.warnings.headers() }
  if (answer.kind === 'stream') return { ...answer, headers }
  if (request.method === 'HEAD') {
    const length = String(Buffer.byteLength(answer.body))
    return { ...answer, headers: { ...headers, 'content-length': length }, body: '' }
  }
  if (Buffer.byteLength(answer.body) < options.gzipBytes || !acceptsGzip(request)) return { ...answer, headers }
  // The fastest level: lists shrink tenfold with it, and the server's time is worth more than the last percents.
  const body = await compress(answer.body, { level: constants.Z_BEST_SPEED })
  return { ...answer, headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, body }
}

function acceptsGzip(request: ApiRequest): boolean {
  return (request.headers['accept-encoding'] ?? '')
    .split(',')
    .some((part) => /^\s*gzip\s*(;\s*q\s*=\s*(1(\.0*)?|0?\.0*[1-9][0-9]*))?\s*$/.test(part))
}
