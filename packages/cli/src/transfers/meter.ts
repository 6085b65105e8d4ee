/** How far a transfer is, as one line: done of all, speed, time left. Pure. */

import { formatBytes } from '../images/format-bytes.ts'
import { formatElapsed } from '../output/progress.ts'

export interface Measure {
  done: number
  /** Undefined where nobody has said how much it is. */
  total: number | undefined
  elapsedMs: number
  /** Bytes that were there before this run began. */
  before?: number
}

/** Before this nothing sure can be said of the speed. */
const sureMs = 1000

export function transferText({ done, total, elapsedMs, before = 0 }: Measure): string {
  const amount = total === undefined ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`
  const moved = done - before
  if (elapsedMs < sureMs || moved <= 0) return amount
  const perSecond = moved / (elapsedMs / 1000)
  const speed = `${amount}, ${formatBytes(perSecond)}/s`
  if (total === undefined || done >= total) return speed
  return `${speed}, ${formatElapsed(Math.ceil((total - done) / perSecond) * 1000)} left`
}
