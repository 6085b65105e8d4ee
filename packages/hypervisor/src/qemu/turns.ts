/** Lets one act after the other. */

export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Resolves or rejects as the act does; an act that fails does not keep the next from its turn. */
  take<T>(act: () => Promise<T>): Promise<T> {
    const next = this.#last.then(act)
    this.#last = next.catch(() => {})
    return next
  }
}
