/** Exponential back-off with jitter. Pure: the caller passes the random number. */

export interface BackoffPolicy {
  /** Delay after the first failure, in milliseconds. */
  initialMs: number
  maxMs: number
  /** Growth per failure; 2 unless given. */
  factor?: number
  /** Share of the delay that is random, 0 to 1; 0.2 unless given. */
  jitter?: number
}

/**
 * Delay in milliseconds before try number `failures + 1`.
 * @param failures how often it has failed so far, at least 1
 * @param random a number in [0, 1)
 */
export function backoffDelay(policy: BackoffPolicy, failures: number, random: number): number {
  const { initialMs, maxMs, factor = 2, jitter = 0.2 } = policy
  const full = Math.min(maxMs, initialMs * factor ** (Math.max(1, failures) - 1))
  return Math.round(full * (1 - jitter) + full * jitter * random)
}
