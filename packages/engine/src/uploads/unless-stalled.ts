/** A stream that ends with an error when its sender is silent, or all but silent, for too long. */

import { StatusError } from '@berth/meta'

/** A byte a minute keeps nothing open: only this many count as a sign of life. */
const signBytes = 16 * 1024

/** @param ms of waiting for the sender without a sign of life; the time that the reader takes does not count */
export async function* unlessStalled(body: AsyncIterable<Uint8Array>, ms: number): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]()
  let left = ms
  let bytes = 0
  try {
    for (;;) {
      const asked = performance.now()
      const next = await within(iterator.next(), Math.max(1, left))
      if (next.done === true) return
      const chunk = next.value
      left -= performance.now() - asked
      bytes += chunk.length
      if (bytes >= signBytes) {
        bytes = 0
        left = ms
      }
      yield chunk
    }
  } finally {
    // What is left of the body is the listener's to read or cut.
    void iterator.return?.()
  }
}

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new StatusError('Timeout', 'the upload stalled; send it again', { httpCode: 408 }))
    const timer = setTimeout(late, ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
