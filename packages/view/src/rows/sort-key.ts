/** Keys that rows are sorted by, made once per row, so that comparing two is a comparison of two plain values. */

import type { Column } from './column.ts'

export type SortKey = string | number | undefined

export function sortKey<Row>(column: Column<Row>, row: Row): SortKey {
  const value = column.value(row)
  if (value === undefined) return undefined
  if (typeof value === 'boolean') return value ? 1 : 0
  // The youngest has the smallest age.
  if (typeof value === 'number') return column.type === 'time' ? -value : value
  if (typeof value === 'string') return naturalKey(value)
  return value.length === 0 ? undefined : naturalKey(value.join(' '))
}

/**
 * A key that sorts as people count: `web-9` before `web-10`. Numbers are written with their length in front, and compared as texts they
 * come out right.
 */
export function naturalKey(text: string): string {
  const lower = text.toLowerCase()
  let key = ''
  let at = 0
  while (at < lower.length) {
    const start = at
    while (at < lower.length && !isDigit(lower.charCodeAt(at))) at += 1
    if (at > start) key += lower.slice(start, at)
    let first = at
    while (first < lower.length - 1 && lower[first] === '0' && isDigit(lower.charCodeAt(first + 1))) first += 1
    at = first
    while (at < lower.length && isDigit(lower.charCodeAt(at))) at += 1
    // 0x30 keeps numbers before letters; the length is bounded by the names of the API (253).
    if (at > first) key += String.fromCharCode(0x30, 0x30 + (at - first)) + lower.slice(first, at)
  }
  return key
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** What is not there comes last, whichever way it is sorted. */
export function compareKeys(left: SortKey, right: SortKey, descending: boolean): number {
  if (left === right) return 0
  if (left === undefined) return 1
  if (right === undefined) return -1
  const order = left < right ? -1 : 1
  return descending ? -order : order
}
