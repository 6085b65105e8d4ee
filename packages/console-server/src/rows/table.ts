/** The rows of one cluster that people with the same rights see. */

import { createEmitter } from '../watches/emitter.ts'
import type { Entry, RowChange } from './entry.ts'
import { namespaceOf, type Join, type RowId } from './join.ts'

export interface Table {
  readonly rows: ReadonlyMap<RowId, Entry>
  onChange(listener: (changes: readonly RowChange[]) => void): () => void
  /** Rights have changed. */
  refresh(): void
  close(): void
}

/** @param mask kinds that may be listed in a namespace */
export function createTable(join: Join, mask: (namespace: string) => number): Table {
  const rows = new Map<RowId, Entry>()
  const changes = createEmitter<[readonly RowChange[]]>()

  function update(ids: Iterable<RowId>): void {
    const found: RowChange[] = []
    for (const id of ids) {
      const before = rows.get(id)
      const after = join.entry(id, mask(namespaceOf(id)))
      if (before === after) continue
      if (after === undefined) rows.delete(id)
      else rows.set(id, after)
      found.push({ before, after })
    }
    if (found.length > 0) changes.emit(found)
  }

  function refresh(): void {
    update(new Set([...rows.keys(), ...join.ids()]))
  }

  const off = join.onChange((ids) => (ids === undefined ? refresh() : update(ids)))
  refresh()
  return {
    rows,
    onChange: (listener) => changes.on(listener),
    refresh,
    close: off,
  }
}
