/** One question to a registry with a short answer, tried again while it may pass. */

import { setTimeout as wait } from 'node:timers/promises'
import { backoffDelay, type BackoffPolicy } from '@berth/base'
import type { ProxySettings } from '../download/proxy.ts'
import { exchange, refusal, type FetchRequest } from '../download/request.ts'
import { RetryableFailure } from '../download/retryable.ts'
import { showUrl } from '../download/safe-url.ts'
import { ImagingError, throwIfAborted } from '../errors.ts'
import { maxManifestBytes } from '../oci/manifest.ts'

export interface Answer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: Buffer
}

export type Question = Pick<FetchRequest, 'url' | 'method' | 'headers' | 'body' | 'redirects'>
export type Ask = (question: Question) => Promise<Answer>

export interface AskOptions {
  ca?: string
  proxy?: ProxySettings
  signal?: AbortSignal
  /** Tries after the first; 3 unless given. */
  retries?: number
  backoff?: BackoffPolicy
  /** As of a download. */
  mostWaitMs?: number
}

const defaultBackoff: BackoffPolicy = { initialMs: 300, maxMs: 3000 }
const connectTimeoutMs = 15_000
const idleTimeoutMs = 30_000
/** For a whole answer: one that comes a byte at a time is never idle. */
const answerTimeoutMs = 60_000

/** Any status is an answer, but those that say "later": they are tried again, and thrown at the end. */
export function asker({
  ca,
  proxy,
  signal,
  retries = 3,
  backoff = defaultBackoff,
  mostWaitMs = Infinity,
}: AskOptions): Ask {
  const common = {
    connectTimeoutMs,
    idleTimeoutMs,
    ...(ca === undefined ? {} : { ca }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(signal === undefined ? {} : { signal }),
  }
  return async (question) => {
    for (let failures = 1; ; failures++) {
      let waitMs = 0
      try {
        const { response, url } = await exchange({ ...question, ...common })
        const status = response.statusCode ?? 0
        const failure =
          status === 408 || status === 429 || status >= 500 ? refusal(url, status, response.headers) : undefined
        if (failure !== undefined) {
          response.destroy()
          throw failure
        }
        return { status, headers: response.headers, body: await readAll(response, url) }
      } catch (error) {
        if (!(error instanceof RetryableFailure)) throw error
        waitMs = Math.max(error.failure.retryAfterMs ?? 0, backoffDelay(backoff, failures, Math.random()))
        if (failures > retries || waitMs > mostWaitMs) throw error.failure
      }
      await wait(waitMs, undefined, { signal }).catch(() => {
        throwIfAborted(signal, `asking ${showUrl(question.url)}`)
      })
    }
  }
}

async function readAll(response: AsyncIterable<unknown> & { destroy(): unknown }, url: URL): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  const began = performance.now()
  try {
    for await (const data of response) {
      const chunk = data as Buffer // no encoding is set, so the stream yields buffers
      bytes += chunk.length
      if (bytes > maxManifestBytes) {
        throw new ImagingError('TooLarge', `${showUrl(url)} answers with more than ${maxManifestBytes} bytes`)
      }
      if (performance.now() - began > answerTimeoutMs) {
        const what = `${showUrl(url)} was not done with its answer after ${answerTimeoutMs / 1000} s`
        throw new ImagingError('TimedOut', what)
      }
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof ImagingError) throw error
    throw new RetryableFailure(
      new ImagingError('NetworkFailed', `${showUrl(url)}: the connection broke`, { cause: error }),
    )
  } finally {
    response.destroy()
  }
  return Buffer.concat(chunks)
}
