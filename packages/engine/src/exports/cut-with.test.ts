import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { cutWith } from './cut-with.ts'

const piece = 1024 ** 2

async function* pieces(count: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1) yield new Uint8Array(piece)
}

const bodyOf = (body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterator<Uint8Array> => {
  const answer = cutWith({ code: 200, headers: {}, body }, signal)
  if (typeof answer.body === 'string' || Buffer.isBuffer(answer.body)) throw new Error('a body that comes in pieces')
  return answer.body[Symbol.asyncIterator]()
}

it('what was sent is not kept until the end', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const iterator = bodyOf(pieces(200), new AbortController().signal)
  collect()
  const before = process.memoryUsage().arrayBuffers
  for (let at = 0; at < 150; at += 1) await iterator.next()
  collect()
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * piece)
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
