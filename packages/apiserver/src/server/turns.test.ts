import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inSlices, Turns } from './turns.ts'

/** Keeps the processor busy, as parsing an object does. */
function work(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('long work', () => {
  it('goes through everything in order, and stops when it is told to', async () => {
    const items = Array.from({ length: 100 }, (_, index) => index)
    const seen: number[] = []
    await inSlices(items, (item) => void seen.push(item))
    expect(seen).toEqual(items)
    const some: number[] = []
    await inSlices(items, (item) => some.push(item) < 7)
    expect(some).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('lets others have their turn, and takes turns with its like', async () => {
    const order: string[] = []
    const long = (name: string) =>
      inSlices(Array.from({ length: 64 }), (_, index) => {
        work(1)
        if (index === 63) order.push(name)
      })
    let turns = 0
    const state = { running: true }
    const others = (async () => {
      while (state.running) {
        await turn()
        turns += 1
      }
    })()
    await Promise.all([long('a'), long('b'), inSlices([1], () => void order.push('short'))])
    state.running = false
    await others
    // 128 ms of work in slices of eight: each slice had a turn of the loop to itself.
    expect(turns).toBeGreaterThanOrEqual(12)
    expect(order[0]).toBe('short')
  })

  it('fails with what fails', async () => {
    await expect(
      inSlices([1, 2], () => {
        throw new Error('sunk')
      }),
    ).rejects.toThrow('sunk')
  })
})

it('a turn of the loop goes to one waiter', async () => {
  const turns = new Turns()
  let served = 0
  const waiting = Promise.all([1, 2, 3].map(() => turns.next().then(() => (served += 1))))
  expect(turns.busy).toBe(true)
  for (const expected of [1, 2, 3]) {
    await turn()
    expect(served).toBe(expected)
  }
  await waiting
  expect(turns.busy).toBe(false)
})
