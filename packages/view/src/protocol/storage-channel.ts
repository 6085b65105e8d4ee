/** A window of one of the storage lists: filtered and sorted by the server, sent anew when something in it has changed, at most twice a second. */

import type { StorageRow, StorageTable } from '../storage/storage-row.ts'
import type { Facet } from './rows-channel.ts'
import type { SourceState } from './source-state.ts'

export interface StorageRequest {
  table: StorageTable
  /** The query language with the fields of that table. */
  query: string
  sort: { column: string; descending?: boolean }[]
  from: number
  /** At most 500. */
  count: number
  facets?: string[]
}

export interface StorageUpdate {
  total: number
  from: number
  rows: StorageRow[]
  facets: Facet[]
  sources: SourceState[]
}
