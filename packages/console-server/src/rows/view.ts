/**
 * A filtered, sorted, grouped list over the tables of several clusters, kept in order change by change. Everybody who asks the same of the
 * same tables shares one.
 */

import { compileQuery, withoutField, type Facet, type Line, type Query } from '@berth/view'
import type { Clock } from '@berth/base'
import { createEmitter } from '../watches/emitter.ts'
import { Counter } from './counter.ts'
import type { Entry, RowChange } from './entry.ts'
import { groupHeads, sliceOfLines, type GroupHead } from './lines.ts'
import { createOrder, type Item, type OrderRequest } from './order.ts'
import { SortedItems } from './sorted-items.ts'
import type { Table } from './table.ts'

/** What matches a query with an age in it changes by itself. */
const timedMs = 5_000
/** Kept up to date with every change; more than any page asks for at once. */
const maxFacets = 40

export interface ViewRequest extends OrderRequest {
  query: Query
}

export interface View {
  readonly total: number
  /** Grows with every change of a row, its place or a count. */
  readonly version: number
  lines(collapsed: ReadonlySet<string>): number
  /** Lines from `from` on, and the rows among them. */
  window(options: { from: number; count: number; collapsed: ReadonlySet<string> }): {
    window: Line[]
    entries: Map<string, Entry>
  }
  /** Counts of a column over what the rest of the query leaves: the column's own terms are left out. */
  facet(column: string): Facet
  /** All rows in order. */
  entries(): Entry[]
  onChange(listener: () => void): () => void
  close(): void
}

export function createView(tables: readonly Table[], request: ViewRequest, clock: Clock): View {
  const matcher = compileQuery(request.query)
  const order = createOrder(request)
  const sorted = new SortedItems(order)
  const items = new Map<string, Item>()
  const groups = new Map<string, number>()
  const facets = new Map<string, FacetCount>()
  const changes = createEmitter<[]>()
  let heads: readonly GroupHead[] | undefined
  let version = 0
  let cancelTimed = (): void => {}

  const nowMs = (): number => clock.now().getTime()

  function countGroup(group: string, by: number): void {
    const count = (groups.get(group) ?? 0) + by
    if (count === 0) groups.delete(group)
    else groups.set(group, count)
    heads = undefined
  }

  function apply(found: readonly RowChange[]): void {
    const now = nowMs()
    const removed: Item[] = []
    const added: Item[] = []
    const exchanged: { before: Item; after: Item }[] = []
    for (const { before, after } of found) {
      const key = (after ?? before)?.row.key ?? ''
      const known = items.get(key)
      const item = after !== undefined && matcher.matches(after.row, now) ? order.item(after) : undefined
      if (item === undefined) items.delete(key)
      else items.set(key, item)
      if (known !== undefined && item !== undefined && order.compare(known, item) === 0) {
        exchanged.push({ before: known, after: item })
        continue
      }
      if (known !== undefined) {
        removed.push(known)
        countGroup(known.group, -1)
      }
      if (item !== undefined) {
        added.push(item)
        countGroup(item.group, 1)
      }
    }
    // Before anything moves, so that what is exchanged is found in its place.
    for (const { before, after } of exchanged) sorted.replace(before, after)
    sorted.apply(removed, added)
    for (const facet of facets.values()) facet.apply(found, now)
    version += 1
    changes.emit()
  }

  /** Every row is looked at again: at the beginning, and as ages pass. */
  function recount(): void {
    const now = nowMs()
    const next = new Map<string, Item>()
    for (const table of tables) {
      for (const entry of table.rows.values()) {
        if (!matcher.matches(entry.row, now)) continue
        const known = items.get(entry.row.key)
        next.set(entry.row.key, known?.entry === entry ? known : order.item(entry))
      }
    }
    const removed = [...items.values()].filter((item) => next.get(item.entry.row.key) !== item)
    const added = [...next.values()].filter((item) => items.get(item.entry.row.key) !== item)
    for (const item of removed) countGroup(item.group, -1)
    for (const item of added) countGroup(item.group, 1)
    items.clear()
    for (const [key, item] of next) items.set(key, item)
    sorted.apply(removed, added)
    for (const facet of facets.values()) facet.recount()
    if (removed.length + added.length === 0) return
    version += 1
    changes.emit()
  }

  function again(): void {
    cancelTimed = clock.after(timedMs, () => {
      recount()
      again()
    })
  }

  const off = tables.map((table) => table.onChange(apply))
  recount()
  if (matcher.timed) again()

  const headsNow = (): readonly GroupHead[] => (heads ??= groupHeads(groups, order))
  return {
    get total() {
      return sorted.length
    },
    get version() {
      return version
    },
    lines(collapsed) {
      if (request.group === undefined) return sorted.length
      return headsNow().reduce((sum, { group, count }) => sum + 1 + (collapsed.has(group) ? 0 : count), 0)
    },
    window({ from, count, collapsed }) {
      const entries = new Map<string, Entry>()
      const take = (start: number, end: number): string[] =>
        sorted.slice(start, end).map(({ entry }) => {
          entries.set(entry.row.key, entry)
          return entry.row.key
        })
      const window =
        request.group === undefined
          ? take(from, from + count)
          : sliceOfLines(headsNow(), { from, count, collapsed, take })
      return { window, entries }
    },
    facet(column) {
      const known =
        facets.get(column) ?? createFacetCount(tables, withoutField(request.query, column), { column, nowMs })
      // Asked for last, dropped last.
      facets.delete(column)
      facets.set(column, known)
      const [oldest] = facets.keys()
      if (facets.size > maxFacets && oldest !== undefined) facets.delete(oldest)
      return known.facet()
    },
    entries: () => sorted.slice(0, sorted.length).map(({ entry }) => entry),
    onChange: (listener) => changes.on(listener),
    close() {
      cancelTimed()
      for (const each of off) each()
    },
  }
}

interface FacetCount {
  apply(changes: readonly RowChange[], now: number): void
  recount(): void
  facet(): Facet
}

function createFacetCount(
  tables: readonly Table[],
  query: Query,
  { column, nowMs }: { column: string; nowMs: () => number },
): FacetCount {
  const matcher = compileQuery(query)
  const counter = new Counter(column)
  function recount(): void {
    const now = nowMs()
    counter.clear()
    for (const table of tables) {
      for (const { row } of table.rows.values()) if (matcher.matches(row, now)) counter.change(undefined, row)
    }
  }
  recount()
  return {
    apply(changes, now) {
      // A row that is too old now may have been counted when it was not: only counting all of them is right.
      if (matcher.timed) return
      for (const { before, after } of changes) {
        const gone = before !== undefined && matcher.matches(before.row, now) ? before.row : undefined
        const come = after !== undefined && matcher.matches(after.row, now) ? after.row : undefined
        counter.change(gone, come)
      }
    },
    recount: () => matcher.timed && recount(),
    facet() {
      if (matcher.timed) recount()
      return counter.facet()
    },
  }
}
