/** Percentiles by nearest rank. */

/** @param share 0.5 is the median, 0.99 what one in a hundred exceeds */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (found === undefined) throw new RangeError('a percentile of nothing')
  return found
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** `p50 12 ms, p95 30 ms, max 41 ms` */
export function spread(values: readonly number[]): string {
  const ms = (share: number): string => `${percentile(values, share).toFixed(1)} ms`
  return `p50 ${ms(0.5)}, p95 ${ms(0.95)}, max ${ms(1)}`
}
