import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import type { ApiAnswer } from '../transport.ts'
import { whenOver } from './when-over.ts'

async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) yield Buffer.from([index])
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from([0])
  throw new Error('sunk')
}

const stream = (body: AsyncIterable<Uint8Array>): ApiAnswer => ({ kind: 'stream', code: 200, headers: {}, body })

function watched(answer: ApiAnswer): { answer: ApiAnswer; over(): number; abort: AbortController } {
  let count = 0
  const abort = new AbortController()
  return { answer: whenOver(answer, abort.signal, () => (count += 1)), over: () => count, abort }
}

function bodyOf(answer: ApiAnswer): AsyncIterable<Uint8Array> {
  if (answer.kind !== 'stream') throw new Error('not a stream')
  return answer.body
}

it('a whole answer is over at once', () => {
  expect(watched({ kind: 'full', code: 200, headers: {}, body: '' }).over()).toBe(1)
})

it('a stream is over when it was read, left, broken off or never begun', async () => {
  const read = watched(stream(chunks(3)))
  let bytes = 0
  for await (const chunk of bodyOf(read.answer)) {
    bytes += chunk.length
    expect(read.over()).toBe(0)
  }
  expect([bytes, read.over()]).toEqual([3, 1])

  const left = watched(stream(chunks(3)))
  for await (const _ of bodyOf(left.answer)) break
  expect(left.over()).toBe(1)

  const broken = watched(stream(failing()))
  const readOn = async (): Promise<void> => {
    for await (const _ of bodyOf(broken.answer)) expect(broken.over()).toBe(0)
  }
  await expect(readOn()).rejects.toThrow('sunk')
  expect(broken.over()).toBe(1)

  const unread = watched(stream(chunks(3)))
  unread.abort.abort()
  expect(unread.over()).toBe(1)

  const dropped = watched(stream(chunks(3)))
  await bodyOf(dropped.answer)[Symbol.asyncIterator]().return?.()
  expect(dropped.over()).toBe(1)
})

it('an upgrade is over when its channel is closed', async () => {
  const upgrade = watched({ kind: 'upgrade', protocol: '', open() {} })
  const channel = new PassThrough()
  if (upgrade.answer.kind === 'upgrade') upgrade.answer.open(channel)
  expect(upgrade.over()).toBe(0)
  const closed = new Promise((resolve) => channel.once('close', resolve))
  channel.destroy()
  await closed
  expect(upgrade.over()).toBe(1)
})
