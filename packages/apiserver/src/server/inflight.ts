/** Counts what runs now, for the metrics; `priority/` decides how much may. */

export type RequestKind = 'readOnly' | 'mutating'

export class InFlight {
  readonly #running: Record<RequestKind, number> = { readOnly: 0, mutating: 0 }

  get running(): Readonly<Record<RequestKind, number>> {
    return this.#running
  }

  /** The returned function says that the request is over; it is called once. */
  enter(method: string): () => void {
    const kind = method === 'GET' || method === 'HEAD' ? 'readOnly' : 'mutating'
    this.#running[kind] += 1
    return () => {
      this.#running[kind] -= 1
    }
  }
}
