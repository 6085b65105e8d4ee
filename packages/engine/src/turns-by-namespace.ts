/** Work that people ask the host for: not too much at once, and nobody's takes all of it, also not with work that never ends. */

export interface TurnLimits {
  /** Of all clients. */
  most: number
  perNamespace: number
}

export class TurnsByNamespace {
  readonly #limits: TurnLimits
  readonly #running = new Map<string, number>()
  #count = 0

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /** @returns what ends the turn; undefined when too many are under way */
  begin(namespace: string): (() => void) | undefined {
    const mine = this.#running.get(namespace) ?? 0
    if (mine >= this.#limits.perNamespace || this.#count >= this.#limits.most) return undefined
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
