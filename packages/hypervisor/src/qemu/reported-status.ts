/** The status of a machine as it was last told; what changes in it is told once. */

import { DriverError, type DomainEvent, type DomainStatus } from '../driver.ts'

export class ReportedStatus {
  #status: DomainStatus = { state: 'starting', agentConnected: false }
  readonly #id: string
  readonly #emit: (event: DomainEvent) => void

  constructor({ id, emit }: { id: string; emit: (event: DomainEvent) => void }) {
    this.#id = id
    this.#emit = emit
  }

  get current(): DomainStatus {
    return this.#status
  }

  set(status: DomainStatus): void {
    const before = this.#status
    this.#status = status
    const same = before.state === status.state && before.reason === status.reason && before.detail === status.detail
    if (!same) this.#emit({ type: 'state', id: this.#id, status })
  }

  /** @throws {DriverError} WrongState */
  need(...states: DomainStatus['state'][]): void {
    const { state } = this.#status
    if (states.includes(state)) return
    throw new DriverError('WrongState', `${this.#id} is ${state}, not ${states.join(' or ')}`)
  }

  setAgent(connected: boolean): void {
    if (this.#status.agentConnected === connected || this.#status.state === 'stopped') return
    this.set({ ...this.#status, agentConnected: connected })
    this.#emit({ type: 'agent', id: this.#id, connected })
  }
}
