/** Which part of a list is asked for: more than is seen, so that scrolling meets rows and not gaps. Pure. */

export interface WindowRange {
  from: number
  count: number
}

/** The server sends no more at once. */
const mostLines = 500
/** Windows begin at multiples, so that small moves ask for nothing. */
const step = 16

/**
 * @param visible first line seen, and how many; more than 400 are not seen at once
 * @param current what is asked for now
 * @returns `current` itself as long as half a screen is left on both sides
 */
export function rangeFor(visible: WindowRange, current: WindowRange | undefined): WindowRange {
  const seen = Math.min(visible.count, mostLines - 100)
  // Both sides together, and rounding to steps, fit into what the server sends.
  const reach = Math.min(seen, (mostLines - seen) / 2 - step)
  const margin = Math.floor(reach / 2)
  const first = Math.max(0, visible.from - margin)
  const last = visible.from + seen + margin
  if (current !== undefined && first >= current.from && last <= current.from + current.count) return current
  const from = Math.max(0, Math.floor((visible.from - reach) / step) * step)
  const end = Math.ceil((visible.from + seen + reach) / step) * step
  return { from, count: end - from }
}
