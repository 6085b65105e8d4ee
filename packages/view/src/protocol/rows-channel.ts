/**
 * The live table: the browser subscribes to a window of a sorted, filtered list and gets rows, then revisioned deltas.
 * Deltas are at most 10 a second; totals, facets and groups at most one a second.
 */

import type { RowTable, Row } from '../rows/row.ts'
import type { SourceState } from './source-state.ts'

export interface RowsRequest {
  table: RowTable
  /** The query language (query/): empty for everything. */
  query: string
  /** First is the most important; ties are broken by name. Ids of columns. */
  sort: { column: string; descending?: boolean }[]
  /** Id of a column (`namespace`, `node`) or `label:<key>`. */
  group?: string
  /** Groups whose rows are not shown. */
  collapsed?: string[]
  /** Window into the list of lines: rows and, when grouped, the heads of groups. */
  from: number
  /** At most 500. */
  count: number
  /** Ids of columns whose facet counts are wanted. */
  facets?: string[]
}

/** A line of the list: a row by its key, or the head of a group. */
export type Line = string | { group: string; count: number; collapsed: boolean }

export interface Facet {
  column: string
  /** Most frequent first, at most 50; `more` counts the values left out. */
  values: { value: string; count: number }[]
  more: number
}

export type RowsUpdate =
  /** The window as it is: the first answer, the answer to a moved window, and to `resync`. Replaces everything. */
  | {
      kind: 'window'
      revision: number
      from: number
      /** Lines in all (with heads of groups), and rows in all. */
      lines: number
      total: number
      window: Line[]
      /** Every row that `window` names. */
      rows: Row[]
      facets: Facet[]
      sources: SourceState[]
    }
  /** Follows exactly the revision before it; otherwise the browser asks to `resync`. */
  | {
      kind: 'delta'
      revision: number
      /** Changed and newly visible rows. */
      rows: Row[]
      /** Present when the order or the membership of the window changed. */
      window?: Line[]
      lines?: number
      total?: number
      facets?: Facet[]
      sources?: SourceState[]
    }
