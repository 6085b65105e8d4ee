/** Collects a driver's events, and waits for one that satisfies a condition, already seen or still to come. For tests. */

import type { DomainEvent, DomainState, Driver } from '../driver.ts'

export class EventLog {
  readonly events: DomainEvent[] = []
  readonly #waiting = new Set<() => void>()

  constructor(driver: Driver) {
    driver.on((event) => {
      this.events.push(event)
      for (const wake of this.#waiting) wake()
    })
  }

  async until(holds: (event: DomainEvent) => boolean): Promise<DomainEvent> {
    for (;;) {
      const found = this.events.find(holds)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
      })
    }
  }

  untilState(id: string, state: DomainState): Promise<DomainEvent> {
    return this.until((event) => event.type === 'state' && event.id === id && event.status.state === state)
  }

  /** The states of a machine, in order. */
  states(id: string): DomainState[] {
    return this.events.flatMap((event) => (event.type === 'state' && event.id === id ? [event.status.state] : []))
  }

  clear(): void {
    this.events.length = 0
  }
}
