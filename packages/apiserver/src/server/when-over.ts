/** The moment an answer is over: at once for a whole one, else when its stream or its connection ends. */

import type { ApiAnswer } from '../transport.ts'

/** Calls `done` once, however the answer ends; also when the client goes away before it was sent. */
export function whenOver(answer: ApiAnswer, signal: AbortSignal, done: () => void): ApiAnswer {
  if (answer.kind === 'full') {
    done()
    return answer
  }
  let over = false
  const end = (): void => {
    if (over) return
    over = true
    signal.removeEventListener('abort', end)
    done()
  }
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  if (answer.kind === 'stream') return { ...answer, body: endingWith(answer.body, end) }
  return {
    ...answer,
    open(channel) {
      channel.once('close', end)
      answer.open(channel)
    },
  }
}

/** By hand and not as a generator: the end of one that was never begun would go unnoticed. */
function endingWith(body: AsyncIterable<Uint8Array>, end: () => void): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const inner = body[Symbol.asyncIterator]()
      const seen = (next: IteratorResult<Uint8Array>): IteratorResult<Uint8Array> => {
        if (next.done === true) end()
        return next
      }
      const failed = (error: unknown): never => {
        end()
        throw error
      }
      return {
        // Not an async function: a thousand watchers take this step for every event.
        next: () => inner.next().then(seen, failed),
        async return() {
          end()
          await inner.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
