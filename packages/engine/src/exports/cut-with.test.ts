import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { cutWith } from './cut-with.ts'

const piece = 64 * 1024

async function* pieces(count: number, sent: WeakRef<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1) {
    const one = new Uint8Array(piece)
    sent.push(new WeakRef(one))
    yield one
  }
}

const bodyOf = (body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterator<Uint8Array> => {
  const answer = cutWith({ code: 200, headers: {}, body }, signal)
  if (typeof answer.body === 'string' || Buffer.isBuffer(answer.body)) throw new Error('a body that comes in pieces')
  return answer.body[Symbol.asyncIterator]()
}

it('what was sent is not kept until the end', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const sent: WeakRef<Uint8Array>[] = []
  const iterator = bodyOf(pieces(200, sent), new AbortController().signal)
  for (let at = 0; at < 150; at += 1) await iterator.next()
  // What a weak reference was made for lives until the end of the event loop's turn.
  await setImmediate()
  collect()
  expect(sent).toHaveLength(150)
  expect(sent.filter((one) => one.deref() !== undefined).length).toBeLessThan(10)
})

it('ends with an error at once, also when nothing comes', async () => {
  const cut = new AbortController()
  let isOver = false
  async function* silent(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1)
    await new Promise(() => {})
  }
  const source = silent()
  const watched: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => source.next(),
      async return() {
        isOver = true
        return { done: true, value: undefined }
      },
    }),
  }
  const iterator = bodyOf(watched, cut.signal)
  expect(await iterator.next()).toMatchObject({ done: false })
  const next = iterator.next()
  cut.abort()
  await expect(next).rejects.toThrow('not available any more')
  await expect(iterator.next()).rejects.toThrow('not available any more')
  expect(isOver).toBe(true)
})
