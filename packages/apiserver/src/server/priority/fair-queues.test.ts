import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deal, FairQueues } from './fair-queues.ts'

describe('a hand of queues', () => {
  it('has distinct cards of the deck, the same for the same flow', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1, max: 128 }),
        fc.integer({ min: 1, max: 10 }),
        (flow, queues, handSize) => {
          const hand = deal(flow, { queues, handSize, queueLengthLimit: 1 })
          expect(hand).toEqual(deal(flow, { queues, handSize, queueLengthLimit: 1 }))
          expect(new Set(hand).size).toBe(Math.min(queues, handSize))
          for (const card of hand) expect(card >= 0 && card < queues).toBe(true)
        },
      ),
    )
  })
})

interface Item {
  flow: string
  seats: number
}

function drain(queues: FairQueues<Item>): string[] {
  const order: string[] = []
  for (let item = queues.take(); item !== undefined; item = queues.take()) order.push(item.flow)
  return order
}

describe('fair queues', () => {
  it('lets flows take turns, whoever came first', () => {
    const queues = new FairQueues<Item>({ queues: 64, handSize: 1, queueLengthLimit: 50 })
    for (let count = 0; count < 10; count += 1) queues.add('flood', { flow: 'flood', seats: 1 })
    queues.add('quiet', { flow: 'quiet', seats: 1 })
    expect(drain(queues).indexOf('quiet')).toBeLessThanOrEqual(1)
  })

  it('counts seats, not requests', () => {
    const queues = new FairQueues<Item>({ queues: 64, handSize: 1, queueLengthLimit: 50 })
    for (let count = 0; count < 10; count += 1) {
      queues.add('wide', { flow: 'wide', seats: 10 })
      queues.add('narrow', { flow: 'narrow', seats: 1 })
    }
    expect(
      drain(queues)
        .slice(0, 11)
        .filter((flow) => flow === 'narrow').length,
    ).toBeGreaterThanOrEqual(9)
  })

  it('is full for a flow when its hand is full, and not for others', () => {
    const queues = new FairQueues<Item>({ queues: 64, handSize: 2, queueLengthLimit: 3 })
    const taken = Array.from({ length: 8 }, () => queues.add('flood', { flow: 'flood', seats: 1 }))
    expect(taken).toEqual([true, true, true, true, true, true, false, false])
    expect(queues.add('quiet', { flow: 'quiet', seats: 1 })).toBe(true)
  })

  it('neither loses nor doubles a request, in any order of adding, taking and leaving', () => {
    const step = fc.record({
      do: fc.constantFrom('add', 'take', 'remove'),
      flow: fc.constantFrom('a', 'b', 'c'),
      seats: fc.integer({ min: 1, max: 10 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queues = new FairQueues<Item>({ queues: 4, handSize: 2, queueLengthLimit: 5 })
        const waiting = new Set<Item>()
        for (const { do: action, flow, seats } of steps) {
          const item = { flow, seats }
          if (action === 'add') {
            if (queues.add(flow, item)) waiting.add(item)
          } else if (action === 'take') {
            const [next, taken] = [queues.next(), queues.take()]
            expect(taken).toBe(next)
            expect(taken === undefined ? waiting.size === 0 : waiting.delete(taken)).toBe(true)
          } else {
            const [any] = waiting
            expect(queues.remove(any ?? item)).toBe(any !== undefined)
            if (any !== undefined) waiting.delete(any)
          }
          expect(queues.length).toBe(waiting.size)
        }
      }),
    )
  })
})
