/** Uploads that are under way: not too many at once, and nobody's take all of them. */

/** Of all clients; each has a file of its own under way and the host has one disk. */
const most = 16
/** Who may upload in one namespace must not keep others from it, also not with uploads that never end. */
const perNamespace = 8

export class TurnsByNamespace {
  readonly #running = new Map<string, number>()
  #count = 0

  /** @returns what ends the turn; undefined when too many are under way */
  begin(namespace: string): (() => void) | undefined {
    const mine = this.#running.get(namespace) ?? 0
    if (mine >= perNamespace || this.#count >= most) return undefined
    this.#set(namespace, mine + 1)
    this.#count += 1
    let over = false
    return () => {
      if (over) return
      over = true
      this.#count -= 1
      this.#set(namespace, (this.#running.get(namespace) ?? 1) - 1)
    }
  }

  #set(namespace: string, count: number): void {
    if (count === 0) this.#running.delete(namespace)
    else this.#running.set(namespace, count)
  }
}
