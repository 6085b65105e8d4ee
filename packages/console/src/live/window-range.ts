/** Which part of a list is asked for: more than is seen, most of it ahead, so that scrolling meets rows and not gaps. Pure. */

export interface WindowRange {
  from: number
  count: number
}

/** The server sends no more at once. */
const mostLines = 500
/** Windows begin at multiples, so that small moves ask for nothing. */
const step = 16
/** Screens asked for in the direction somebody scrolls in. */
const screensAhead = 3

/**
 * @param visible first line seen, and how many; more than 400 are not seen at once
 * @param current what is asked for now
 * @returns `current` itself as long as half a screen is left on both sides
 */
export function rangeFor(visible: WindowRange, current: WindowRange | undefined): WindowRange {
  const seen = Math.min(visible.count, mostLines - 100)
  // Rounding to steps on both sides fits into what the server sends, too.
  const spare = mostLines - seen - 2 * step
  const margin = Math.floor(Math.min(seen, spare / 2) / 2)
  const first = Math.max(0, visible.from - margin)
  const last = visible.from + seen + margin
  if (current !== undefined && first >= current.from && last <= current.from + current.count) return current
  const ahead = Math.min(screensAhead * seen, spare - margin)
  const backward = current !== undefined && visible.from < current.from + margin
  const from = Math.max(0, Math.floor((visible.from - (backward ? ahead : margin)) / step) * step)
  const end = Math.ceil((visible.from + seen + (backward ? margin : ahead)) / step) * step
  return { from, count: end - from }
}
