/** How fast something goes, and how long it takes then. */

export interface Sample {
  atMs: number
  sent: number
}

/** Bytes a second over the samples; undefined before there is anything to tell from. */
export function rateOf(samples: readonly Sample[]): number | undefined {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.atMs - first.atMs < 500) return undefined
  return Math.max(0, ((last.sent - first.sent) / (last.atMs - first.atMs)) * 1000)
}

/** Milliseconds; undefined when it stands still. */
export function timeLeft({ size, sent, rate }: { size: number; sent: number; rate?: number }): number | undefined {
  return rate === undefined || rate < 1 ? undefined : ((size - sent) / rate) * 1000
}
