/** Time as a value that is passed in, so that rules stay pure and tests own the clock. */

export interface Clock {
  now(): Date
  /** Calls back once after `ms` milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}
