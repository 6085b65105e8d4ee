/** Read-modify-write of one object at a time: writers of the same object wait for each other instead of retrying. */

export class KeyedLocks {
  readonly #tails = new Map<string, Promise<unknown>>()

  /** Runs `work` when all earlier work under the same key is done; how that ended does not matter. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    const mine = before === undefined ? work() : before.then(work, work)
    this.#tails.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#tails.get(key) === mine) this.#tails.delete(key)
    }
  }
}
