import { beforeEach, describe, expect, it } from 'vitest'
import { createTurns, type Turns } from './turns.ts'

const rules = { beginning: 2, patienceMs: 1000, burst: 4, perSecond: 10, open: 5 }

let nowMs = 0
let timers: { at: number; callback: () => void }[] = []
const clock = {
  now: () => new Date(nowMs),
  after(ms: number, callback: () => void) {
    const timer = { at: nowMs + ms, callback }
    timers.push(timer)
    return () => {
      timers = timers.filter((each) => each !== timer)
    }
  },
}
function pass(ms: number): void {
  const end = nowMs + ms
  for (;;) {
    const [next] = timers.filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)
    if (next === undefined) break
    timers = timers.filter((each) => each !== next)
    nowMs = next.at
    next.callback()
  }
  nowMs = end
}

let turns: Turns
let begun: string[]
let heard: Map<string, () => void>
beforeEach(() => {
  nowMs = 0
  timers = []
  begun = []
  heard = new Map()
  turns = createTurns(clock, rules)
})

function take(name: string, who = 'ann'): () => void {
  return turns.take(who, (answer) => {
    begun.push(name)
    heard.set(name, answer)
  })
}
function takeAndHear(name: string, who = 'ann'): () => void {
  return turns.take(who, (answer) => {
    begun.push(name)
    answer()
  })
}

describe('watches of one person', () => {
  it('begin a few at a time, the next when the cluster has answered one, or is silent for long', () => {
    for (const name of ['a', 'b', 'c', 'd']) take(name)
    expect(begun).toEqual(['a', 'b'])
    heard.get('a')?.()
    heard.get('a')?.()
    expect(begun).toEqual(['a', 'b', 'c'])
    pass(rules.patienceMs)
    expect(begun).toEqual(['a', 'b', 'c', 'd'])
  })

  it('begin no faster than the rate after a burst', () => {
    const leave = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => takeAndHear(name))
    expect(begun).toHaveLength(4)
    for (const each of leave.slice(0, 4)) each()
    pass(100)
    expect(begun).toHaveLength(5)
    pass(100)
    expect(begun).toHaveLength(6)
  })

  it('that nobody wants any more never begin, and those that end make room', () => {
    const leave = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => takeAndHear(name))
    pass(60_000)
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e'])
    leave[5]?.()
    leave[0]?.()
    leave[0]?.()
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'g'])
  })

  it('hold nobody else up', () => {
    for (let count = 0; count < 100; count++) take(`ann ${count}`)
    take('bob 0', 'bob')
    expect(begun).toContain('bob 0')
  })
})
