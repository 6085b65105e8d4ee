/** Bounds what all watchers of a server together have not read yet: the furthest behind goes first. */

/** The part of a backlog the budget needs. */
interface Member {
  /** Bytes of live events that wait. */
  readonly excess: number
  /** Drops what waits. */
  shed(): void
}

export class BacklogBudget {
  readonly #limit: number
  readonly #members = new Set<Member>()
  #used = 0

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes that wait in all backlogs. */
  get used(): number {
    return this.#used
  }

  add(member: Member): void {
    this.#members.add(member)
  }

  remove(member: Member): void {
    this.#members.delete(member)
  }

  count(bytes: number): void {
    this.#used += bytes
  }

  /** Sheds until the rest fits. Events are shared between watchers, so the real memory is at most what is counted. */
  check(): void {
    while (this.#used > this.#limit) {
      let largest: Member | undefined
      for (const member of this.#members) {
        if (member.excess > (largest?.excess ?? 0)) largest = member
      }
      if (largest === undefined) return
      const before = this.#used
      largest.shed()
      // A member that cannot give anything back must not keep this loop going.
      if (this.#used >= before) return
    }
  }
}
