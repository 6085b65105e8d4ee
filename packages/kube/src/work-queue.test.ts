import { describe, expect, it } from 'vitest'
import { manualClock } from './testing/manual-clock.ts'
import { createWorkQueue } from './work-queue.ts'

function setup(options: Partial<Parameters<typeof createWorkQueue>[0]> = {}) {
  const clock = manualClock()
  const queue = createWorkQueue({
    clock,
    random: () => 0,
    backoff: { initialMs: 100, maxMs: 1000, jitter: 0 },
    ...options,
  })
  return { clock, queue }
}

describe('work queue', () => {
  it('holds a key once, in order of first adding', async () => {
    const { queue } = setup()
    for (const key of ['a', 'b', 'a']) queue.add(key)
    expect(queue.size).toBe(2)
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b'])
  })

  it('never hands a key to a second worker, and gives it again when it was added meanwhile', async () => {
    const { queue } = setup()
    queue.add('a')
    const first = await queue.take()
    queue.add('a')
    queue.add('a')
    let second: string | undefined
    const taking = queue.take().then((key) => {
      second = key
      return key
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect([first, second]).toEqual(['a', undefined])
    queue.done('a')
    expect(await taking).toBe('a')
    queue.done('a')
    expect(queue.size).toBe(0)
  })

  it('backs off per key and forgets', async () => {
    const { clock, queue } = setup()
    expect([queue.retry('a'), queue.retry('a'), queue.retry('b')]).toEqual([100, 200, 100])
    await clock.advance(99)
    expect(queue.size).toBe(0)
    await clock.advance(1)
    expect(queue.size).toBe(2)
    queue.forget('a')
    expect(queue.retry('a')).toBe(100)
  })

  it('keeps the earliest of several delays', async () => {
    const { clock, queue } = setup()
    queue.addAfter('a', 500)
    queue.addAfter('a', 50)
    queue.addAfter('a', 5000)
    await clock.advance(50)
    expect(await queue.take()).toBe('a')
    queue.done('a')
    await clock.advance(10_000)
    expect(queue.size).toBe(0)
  })

  it('limits the rate of all retries together', () => {
    const { queue } = setup({ retryRate: { perSecond: 1, burst: 2 } })
    expect(['a', 'b', 'c', 'd'].map((key) => queue.retry(key))).toEqual([100, 100, 1000, 2000])
  })

  it('releases waiting workers when closed', async () => {
    const { queue } = setup()
    const taking = queue.take()
    queue.close()
    expect(await taking).toBeUndefined()
    queue.add('a')
    expect(await queue.take()).toBeUndefined()
  })
})
