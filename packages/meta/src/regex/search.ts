/** Where a program matches in a text: the leftmost match, and of those that begin there the one Go and Perl prefer. */

import { holds } from './match.ts'
import type { Program } from './program.ts'

export interface Found {
  readonly start: number
  /** One past the last UTF-16 unit. */
  readonly end: number
}

/** Alternatives that are followed at one time, the preferred first, each with where its match began. */
interface Thread {
  readonly place: number
  readonly begun: number
}

/**
 * The first match at or after an offset.
 * @param spend is told of the steps taken at each character, and ends the search by throwing
 */
export function search(
  { steps, start }: Program,
  text: string,
  { from = 0, spend }: { from?: number; spend?: (steps: number) => void },
): Found | undefined {
  let threads: Thread[] = []
  let best: Found | undefined
  // Which places were reached at the current character: a mark per place, so that nothing has to be cleared.
  const marks = new Int32Array(steps.length).fill(-1)
  spend?.(4 + (steps.length >> 4))
  let before = from === 0 ? -1 : (text.codePointAt(from - 1) ?? -1)
  for (let at = from; ;) {
    const after = text.codePointAt(at) ?? -1
    const next: Thread[] = []
    let work = 2
    let done = false
    /** Follows one thread to all places reached without taking a character, until a match cuts off what is less wanted. */
    const follow = (thread: Thread): void => {
      const open = [thread.place]
      for (let place = open.pop(); place !== undefined && !done; place = open.pop()) {
        if (marks[place] === at) continue
        marks[place] = at
        work += 1
        const step = steps[place]
        if (step?.kind === 'split') open.push(step.other, step.next)
        else if (step?.kind === 'assert') {
          if (holds(step.assertion, { before, after })) open.push(step.next)
        } else if (step?.kind === 'match') {
          best = { start: thread.begun, end: at }
          done = true
        } else if (step !== undefined && after >= 0 && step.has(after))
          next.push({ place: step.next, begun: thread.begun })
      }
    }
    for (const thread of threads) if (!done) follow(thread)
    if (best === undefined && !done) follow({ place: start, begun: at })
    spend?.(work)
    threads = next
    if (after < 0 || (threads.length === 0 && best !== undefined)) return best
    before = after
    at += after > 0xffff ? 2 : 1
  }
}

/** Matches from left to right that do not overlap, at most `limit`. */
export function searchAll(
  program: Program,
  text: string,
  { limit = Infinity, spend }: { limit?: number; spend?: (steps: number) => void },
): Found[] {
  const all: Found[] = []
  let lastEnd = -1
  for (let from = 0; from <= text.length && all.length < limit;) {
    const found = search(program, text, spend === undefined ? { from } : { from, spend })
    if (found === undefined) break
    const empty = found.start === found.end
    // An empty match right behind another one does not count (Go's rule).
    if (!empty || found.start !== lastEnd) {
      all.push(found)
      lastEnd = found.end
    }
    from = empty ? found.end + ((text.codePointAt(found.end) ?? 0) > 0xffff ? 2 : 1) : found.end
  }
  return all
}
