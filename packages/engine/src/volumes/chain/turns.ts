/** Work on one thing runs one after the other, in the order it was asked for. */

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Waits for all work on any of `keys` that was asked for before. */
  async take<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    // All places are taken in one go, so that two who want the same things in another order cannot wait for each other.
    const before = keys.map((key) => this.#last.get(key) ?? Promise.resolve())
    const mine = Promise.allSettled(before).then(work)
    for (const key of keys) this.#last.set(key, mine)
    try {
      return await mine
    } finally {
      for (const key of keys) if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
