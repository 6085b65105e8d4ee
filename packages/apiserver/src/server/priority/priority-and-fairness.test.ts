import { beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '@berth/base'
import type { Attributes, UserInfo } from '../../auth/user.ts'
import { flowSchemas, priorityLevels } from './configuration.ts'
import { PriorityAndFairness, type RejectReason, type Ticket } from './priority-and-fairness.ts'

/** A clock that is turned by hand. */
class HandClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ at: number; callback: () => void }>()

  now(): Date {
    return new Date(this.#now)
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  advance(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.callback()
    }
  }
}

const authenticated = 'system:authenticated'
const node: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', authenticated] }
const person = (name: string): UserInfo => ({ name, groups: [authenticated] })
const masters: UserInfo = { name: 'admin', groups: ['system:masters', authenticated] }

let clock: HandClock
let rejected: RejectReason[]
let priority: PriorityAndFairness

/** 245 seats: every level has as many as it has shares. */
beforeEach(() => {
  clock = new HandClock()
  rejected = []
  priority = new PriorityAndFairness({
    levels: priorityLevels,
    schemas: flowSchemas,
    seats: 245,
    queueMs: 1000,
    clock,
    uid: () => 'uid',
    observer: { dispatched() {}, rejected: (_, reason) => rejected.push(reason) },
  })
})

interface Attempt {
  user: UserInfo
  state: 'waiting' | 'running' | 'refused'
  ticket?: Ticket
  abort: AbortController
}

function attempt(user: UserInfo, seats = 10, verb = 'list'): Attempt {
  const attributes: Attributes = { kind: 'resource', user, verb, group: '', version: 'v1', resource: 'pods' }
  const made: Attempt = { user, state: 'waiting', abort: new AbortController() }
  void priority.enter({ attributes, seats, signal: made.abort.signal }).then(
    (ticket) => Object.assign(made, { state: 'running', ticket }),
    () => Object.assign(made, { state: 'refused' }),
  )
  return made
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const running = (attempts: Attempt[]): number => attempts.filter(({ state }) => state === 'running').length
const level = (name: string) => priority.state().find((each) => each.name === name)

describe('priority and fairness', () => {
  it('shares the seats as Kubernetes does', () => {
    expect(priority.state().map(({ name, nominal }) => [name, nominal])).toEqual([
      ['exempt', 0],
      ['node-high', 40],
      ['system', 30],
      ['leader-election', 10],
      ['workload-high', 40],
      ['workload-low', 100],
      ['global-default', 20],
      ['catch-all', 5],
    ])
  })

  it('lets a flood borrow what is free, and never what others keep', async () => {
    const flood = Array.from({ length: 50 }, () => attempt(person('mallory')))
    await settled()
    // Own 20 seats, and of the others 10 + 10 + 20 + 90 that they lend.
    expect(running(flood)).toBe(15)
    expect(level('global-default')).toMatchObject({ seats: 150, executing: 15, waiting: 35 })
    const others = [attempt(node, 1, 'get'), attempt(masters), ...Array.from({ length: 20 }, () => attempt(node, 1))]
    await settled()
    expect(running(others)).toBe(others.length)
  })

  it('lets a quiet user go before the rest of a flood', async () => {
    const flood = Array.from({ length: 60 }, () => attempt(person('mallory')))
    const quiet = attempt(person('alice'), 1, 'get')
    await settled()
    expect(quiet.state).toBe('waiting')
    // A flow has a hand of six queues, which all get a turn; 45 requests of the flood wait in them.
    const first = flood.filter(({ state }) => state === 'running').slice(0, 7)
    for (const { ticket } of first) ticket?.leave()
    await settled()
    expect(quiet.state).toBe('running')
  })

  it('runs everything in the end, and no seat is lost', async () => {
    const users = ['a', 'b', 'c'].map(person)
    const attempts = Array.from({ length: 120 }, (_, index) => attempt(users[index % 3] ?? node, 1 + (index % 10)))
    for (let round = 0; running(attempts) < attempts.length; round += 1) {
      await settled()
      for (const { ticket } of attempts) ticket?.leave()
      expect(round).toBeLessThan(attempts.length)
    }
    expect(level('global-default')).toMatchObject({ seats: 0, executing: 0, waiting: 0 })
  })

  it('refuses when the queues of a flow are full, not those of others', async () => {
    const flood = Array.from({ length: 1000 }, () => attempt(person('mallory')))
    await settled()
    expect(new Set(rejected)).toEqual(new Set(['queue-full']))
    expect(flood.filter(({ state }) => state === 'waiting').length).toBe(6 * 50)
    const quiet = attempt(person('alice'), 1, 'get')
    await settled()
    expect(quiet.state).toBe('waiting')
  })

  it('refuses who waited too long, and forgets who went away', async () => {
    const flood = Array.from({ length: 17 }, () => attempt(person('mallory')))
    await settled()
    const [impatient, late] = flood.filter(({ state }) => state === 'waiting')
    impatient?.abort.abort()
    await settled()
    expect([impatient?.state, late?.state]).toEqual(['refused', 'waiting'])
    clock.advance(1000)
    await settled()
    expect(late?.state).toBe('refused')
    expect(rejected).toEqual(['cancelled', 'time-out'])
    expect(level('global-default')).toMatchObject({ waiting: 0, seats: 150 })
  })
})
