/** The order of the list, as it stands in URLs (`status,-memory`) and as clicks on column heads change it. Pure. */

import { columnOf, isColumnId, type ColumnId } from '../columns/column-ids.ts'

export interface SortKey {
  column: ColumnId
  descending: boolean
}

/** Columns a list is sorted by at once: more are not told apart by anybody. */
const mostKeys = 4

export function parseSorting(text: string | undefined): readonly SortKey[] {
  const keys: SortKey[] = []
  for (const part of (text ?? '').split(',')) {
    const descending = part.startsWith('-')
    const column = descending ? part.slice(1) : part
    if (!isColumnId(column) || !columnOf(column).sortable || keys.some((key) => key.column === column)) continue
    if (keys.length < mostKeys) keys.push({ column, descending })
  }
  return keys
}

export function writeSorting(keys: readonly SortKey[]): string {
  return keys.map(({ column, descending }) => (descending ? `-${column}` : column)).join(',')
}

/**
 * A click on a head: upward, downward, not at all.
 * @param options.add beside the columns that are sorted by already, instead of in their place
 */
export function clickSorting(
  keys: readonly SortKey[],
  column: ColumnId,
  { add }: { add: boolean },
): readonly SortKey[] {
  if (!columnOf(column).sortable) return keys
  const present = keys.find((key) => key.column === column)
  const next: SortKey[] =
    present === undefined ? [{ column, descending: false }] : present.descending ? [] : [{ column, descending: true }]
  if (!add) return next
  if (present === undefined) return [...keys, ...next].slice(0, mostKeys)
  return keys.flatMap((key) => (key.column === column ? next : [key]))
}
