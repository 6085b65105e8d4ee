/**
 * Long work in slices. There is one event loop for all requests, so work on many objects stops every few milliseconds, and all
 * such work together gets one slice in each turn of the loop: a get or a health check never waits for more than one of them.
 */

/** Milliseconds of a slice: short beside the time of a round trip, long beside what a turn costs. */
const sliceMs = 4

/** Items between two looks at the clock. */
const stride = 8

export class Turns {
  #waiting: (() => void)[] = []
  #scheduled = false

  /** True when somebody already waits for a slice. */
  get busy(): boolean {
    return this.#waiting.length > 0
  }

  /** Resolves in a later turn of the event loop that nobody else has. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#waiting.shift()?.()
      this.#schedule()
    })
  }
}

/** Of this process, which has one event loop. */
const turns = new Turns()

/**
 * Calls `work` for each item in order, with pauses for others; ends early when it returns false.
 * @throws what `work` throws
 */
export async function inSlices<T>(
  items: readonly T[],
  work: (item: T, index: number) => boolean | void,
): Promise<void> {
  if (turns.busy) await turns.next()
  let started = performance.now()
  for (const [index, item] of items.entries()) {
    if (work(item, index) === false) return
    if (index % stride !== stride - 1 || performance.now() - started < sliceMs) continue
    await turns.next()
    started = performance.now()
  }
}

/** Waits for a slice, for a piece of work that cannot be cut but is long. */
export function ownTurn(): Promise<void> {
  return turns.next()
}
