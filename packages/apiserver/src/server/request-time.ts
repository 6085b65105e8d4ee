/** How long a request may take: the server's limit, or less when its `timeout` says so. */

import { DurationError, parseDuration, type Clock } from '@berth/base'
import { badRequest, StatusError } from '@berth/meta'

/**
 * Milliseconds of a `?timeout=30s`, at most `longest`; zero and less mean `longest`.
 * @throws {StatusError} BadRequest in kube-apiserver's words
 */
export function requestTimeMs(query: URLSearchParams, longest: number): number {
  const text = query.get('timeout') ?? ''
  if (text === '') return longest
  const asked = read(text)
  return asked <= 0 ? longest : Math.min(asked, longest)
}

function read(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    const shown = JSON.stringify(text.slice(0, 64))
    const why = /^[+-]?[0-9.]*[0-9][0-9.]*$/.test(text) ? 'missing unit in duration' : 'invalid duration'
    throw badRequest(`invalid timeout specified in the request URL - time: ${why} ${shown}`)
  }
}

/** @throws {StatusError} Timeout when the work is not done by then; it goes on, unheard */
export function withinTime<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      reject(
        new StatusError('Timeout', `Timeout: request did not complete within ${Math.round(ms) / 1000}s`, {
          details: { retryAfterSeconds: 1 },
        }),
      )
    })
    const settled =
      <V>(then: (value: V) => void) =>
      (value: V): void => {
        cancel()
        then(value)
      }
    work.then(settled(resolve), settled(reject))
  })
}
