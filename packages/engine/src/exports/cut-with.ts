/** Answers that end early, so that nobody takes a part for the whole. */

import type { RawAnswer } from '@berth/apiserver'

/** Ends the body with an error when the signal fires, so that the connection breaks. */
export function cutWith(answer: RawAnswer, signal: AbortSignal): RawAnswer {
  const { body } = answer
  if (typeof body === 'string' || Buffer.isBuffer(body)) return answer
  return {
    ...answer,
    body: {
      [Symbol.asyncIterator]() {
        const iterator = body[Symbol.asyncIterator]()
        let cut = (): void => {}
        signal.addEventListener('abort', () => {
          void iterator.return?.()
          cut()
        })
        return {
          next() {
            // One promise for each piece: a race against one that lasts for the whole download would keep all of them in memory.
            const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Uint8Array>>()
            cut = () => reject(new Error('the export is not available any more'))
            if (signal.aborted) cut()
            else iterator.next().then(resolve, reject)
            return promise
          },
          return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
        }
      },
    },
  }
}
