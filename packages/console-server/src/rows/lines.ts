/** Lines of a grouped list: heads of groups with their rows between them. */

import type { Line } from '@berth/view'
import type { Order } from './order.ts'

export interface GroupHead {
  group: string
  count: number
  /** Rows of all groups before it. */
  start: number
}

export function groupHeads(groups: ReadonlyMap<string, number>, order: Order): GroupHead[] {
  let start = 0
  return [...groups]
    .sort(([left], [right]) => order.compareGroups(left, right))
    .map(([group, count]) => {
      const head = { group, count, start }
      start += count
      return head
    })
}

/** @param options.take keys of the rows from one place in the sorted list to another */
export function sliceOfLines(
  heads: readonly GroupHead[],
  options: {
    from: number
    count: number
    collapsed: ReadonlySet<string>
    take: (start: number, end: number) => string[]
  },
): Line[] {
  const { from, count, collapsed, take } = options
  const end = from + count
  const lines: Line[] = []
  /** Line of the head that is looked at. */
  let at = 0
  for (const head of heads) {
    if (at >= end) break
    const folded = collapsed.has(head.group)
    const rows = folded ? 0 : head.count
    if (at >= from) lines.push({ group: head.group, count: head.count, collapsed: folded })
    const first = Math.max(from - at - 1, 0)
    const last = Math.min(end - at - 1, rows)
    if (last > first) lines.push(...take(head.start + first, head.start + last))
    at += 1 + rows
  }
  return lines
}
