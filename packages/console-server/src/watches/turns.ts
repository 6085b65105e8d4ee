/**
 * Watches that people have for themselves begin in turn: each is a connection to the cluster, and somebody who opens page after page, or a
 * program that does, must not take the server's and the cluster's time from everybody else.
 */

import type { Clock } from '@berth/base'

export interface TurnRules {
  /** That have begun and not yet heard from the cluster. */
  beginning: number
  /** A cluster that is silent holds the next one up no longer than this. */
  patienceMs: number
  /** That may begin without waiting for `perSecond`. */
  burst: number
  perSecond: number
  /** Open at once. */
  open: number
}

/** People without a right to everything have a watch for every kind and namespace of theirs: 450 of them at most. */
export const turnRules: TurnRules = { beginning: 16, patienceMs: 2000, burst: 500, perSecond: 40, open: 1000 }

export interface Turns {
  /**
   * @param begin called now or later; it calls `heard` when the cluster has answered for the first time
   * @returns gives the place to the next one; what has not begun never will
   */
  take(who: string, begin: (heard: () => void) => void): () => void
}

type Begin = (heard: () => void) => void

interface Person {
  waiting: Set<{ begin: Begin; leave: () => void }>
  beginning: number
  open: number
  /** What is left of the burst, as of a moment. */
  tokens: number
  asOfMs: number
  timed: boolean
}

export function createTurns(clock: Clock, rules: TurnRules = turnRules): Turns {
  const people = new Map<string, Person>()
  const nowMs = (): number => clock.now().getTime()

  function personOf(who: string): Person {
    const known = people.get(who)
    if (known !== undefined) return known
    const made = {
      waiting: new Set<never>(),
      beginning: 0,
      open: 0,
      tokens: rules.burst,
      asOfMs: nowMs(),
      timed: false,
    }
    people.set(who, made)
    return made
  }

  function refill(person: Person): void {
    const now = nowMs()
    const more = (Math.max(0, now - person.asOfMs) / 1000) * rules.perSecond
    person.tokens = Math.min(rules.burst, person.tokens + more)
    person.asOfMs = now
  }

  function next(who: string, person: Person): void {
    refill(person)
    for (const place of person.waiting) {
      if (person.beginning >= rules.beginning || person.open >= rules.open) return
      if (person.tokens < 1) return later(who, person)
      person.tokens -= 1
      person.waiting.delete(place)
      enter(who, person, place)
    }
    if (person.open === 0 && person.waiting.size === 0 && person.tokens >= rules.burst) people.delete(who)
  }

  function later(who: string, person: Person): void {
    if (person.timed) return
    person.timed = true
    clock.after(Math.ceil(1000 / rules.perSecond), () => {
      person.timed = false
      next(who, person)
    })
  }

  function enter(who: string, person: Person, place: { begin: Begin; leave: () => void }): void {
    person.open += 1
    person.beginning += 1
    let beginning = true
    let open = true
    const heard = (): void => {
      if (!beginning) return
      beginning = false
      cancel()
      person.beginning -= 1
      next(who, person)
    }
    const cancel = clock.after(rules.patienceMs, heard)
    place.leave = () => {
      if (!open) return
      open = false
      person.open -= 1
      heard()
      next(who, person)
    }
    place.begin(heard)
  }

  return {
    take(who, begin) {
      const person = personOf(who)
      const place = { begin, leave: (): void => void person.waiting.delete(place) }
      person.waiting.add(place)
      next(who, person)
      return () => place.leave()
    },
  }
}
