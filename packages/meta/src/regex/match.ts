/**
 * Running a program over a text in time proportional to the text: all alternatives advance together, so no pattern can make it
 * try one after the other for ever. Sets of places that come up again are remembered (a DFA made on the way).
 */

import { isWord } from './classes.ts'
import type { Program, Step } from './program.ts'

/** Steps one test may take; only huge texts on huge patterns get there, and then do not match. */
const maxWork = 20_000_000
/** Places and characters remembered for each step of the program, so that memory is in proportion to the pattern. */
const keptPerStep = 20
const keptAtLeast = 2000

/** Places reached together. `accepts`: a match is complete, whatever follows; `acceptsAtEnd`: when nothing follows. */
interface State {
  readonly places: readonly number[]
  readonly accepts: boolean
  readonly acceptsAtEnd: boolean
  readonly next: Map<number, State>
}

/** What stands before and after a position; -1 outside of the text. */
export interface Around {
  before: number
  after: number
}

export class Matcher {
  readonly #steps: readonly Step[]
  readonly #start: number
  /** With assertions about neighbours, what is reached depends on the text, so nothing is remembered. */
  readonly #contextual: boolean
  readonly #states = new Map<string, State>()
  readonly #maxKept: number
  /** Places and characters remembered now. */
  #kept = 0
  #work = 0
  #spend: ((steps: number) => void) | undefined

  constructor(program: Program) {
    this.#steps = program.steps
    this.#start = program.start
    this.#maxKept = program.steps.length * keptPerStep + keptAtLeast
    this.#contextual = program.steps.some(
      (step) => step.kind === 'assert' && step.assertion !== 'textStart' && step.assertion !== 'textEnd',
    )
  }

  /** Steps of the program, which memory goes by. */
  get size(): number {
    return this.#steps.length
  }

  /**
   * Whether the pattern matches anywhere in the text.
   * @param spend is told of the steps taken, now and then, and ends the match by throwing; with it there is no other limit
   */
  test(text: string, spend?: (steps: number) => void): boolean {
    this.#work = 0
    this.#spend = spend
    // Only in an empty text are start and end in one place.
    return this.#contextual || text === '' ? this.#simulate(text) : this.#run(text)
  }

  #exhausted(): boolean {
    if (this.#spend === undefined) return this.#work > maxWork
    this.#spend(this.#work)
    this.#work = 0
    return false
  }

  #run(text: string): boolean {
    let state = this.#state(this.#close([this.#start], { before: -1, after: 0 }))
    for (let at = 0; at < text.length;) {
      if (state.accepts) return true
      const point = text.codePointAt(at) ?? 0
      at += point > 0xffff ? 2 : 1
      const known = state.next.get(point)
      if (known !== undefined) {
        state = known
        continue
      }
      if (this.#exhausted()) return false
      const reached = this.#close([...this.#advance(state.places, point), this.#start], { before: 0, after: 0 })
      const following = this.#state(reached)
      state.next.set(point, following)
      this.#kept += 1
      state = following
    }
    return state.accepts || state.acceptsAtEnd
  }

  #simulate(text: string): boolean {
    const points = Array.from(text, (char) => char.codePointAt(0) ?? 0)
    let places: number[] = []
    for (let at = 0; at <= points.length; at += 1) {
      const around = { before: points[at - 1] ?? -1, after: points[at] ?? -1 }
      const reached = this.#close([...places, this.#start], around)
      if (reached.some((place) => this.#steps[place]?.kind === 'match')) return true
      if (this.#exhausted()) return false
      places = this.#advance(reached, around.after)
    }
    return false
  }

  #advance(places: readonly number[], point: number): number[] {
    const next: number[] = []
    for (const place of places) {
      const step = this.#steps[place]
      this.#work += 1
      if (step?.kind === 'set' && point >= 0 && step.has(point)) next.push(step.next)
    }
    return next
  }

  /** All places reachable without taking a character; `textEnd` stays as a place while the end is not known. */
  #close(from: readonly number[], around: Around): number[] {
    const seen = new Set<number>()
    const open = [...from]
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (seen.has(place)) continue
      seen.add(place)
      this.#work += 1
      const step = this.#steps[place]
      if (step?.kind === 'split') open.push(step.next, step.other)
      else if (step?.kind === 'assert' && holds(step.assertion, around)) open.push(step.next)
    }
    return [...seen].filter((place) => this.#steps[place]?.kind !== 'split')
  }

  #state(reached: readonly number[]): State {
    const places = reached.toSorted((a, b) => a - b)
    const key = places.join(',')
    const known = this.#states.get(key)
    if (known !== undefined) return known
    const accepted = (all: readonly number[]): boolean => all.some((place) => this.#steps[place]?.kind === 'match')
    const atEnd = accepted(this.#close(places, { before: 0, after: -1 }))
    const state: State = { places, accepts: accepted(places), acceptsAtEnd: atEnd, next: new Map() }
    this.#kept += places.length + 1
    // Dropping all keeps memory bounded; what is still needed is made again.
    if (this.#kept > this.#maxKept) {
      for (const each of this.#states.values()) each.next.clear()
      this.#states.clear()
      this.#kept = places.length + 1
    }
    this.#states.set(key, state)
    return state
  }
}

export function holds(assertion: Extract<Step, { kind: 'assert' }>['assertion'], { before, after }: Around): boolean {
  switch (assertion) {
    case 'textStart':
      return before === -1
    case 'textEnd':
      return after === -1
    case 'lineStart':
      return before === -1 || before === 10
    case 'lineEnd':
      return after === -1 || after === 10
    case 'boundary':
      return isWordAt(before) !== isWordAt(after)
    case 'noBoundary':
      return isWordAt(before) === isWordAt(after)
  }
}

function isWordAt(point: number): boolean {
  return point >= 0 && isWord(point)
}
