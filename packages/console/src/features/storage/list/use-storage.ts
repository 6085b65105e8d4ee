/** Storage rows, live. The rows of the question before stay until the first answer to the next one. */

import { useState } from 'react'
import type { SourceState, StorageRequest, StorageRow, StorageRows, StorageTable, StorageUpdate } from '@berth/view'
import { useChannel } from '../../../live/index.ts'

export interface StorageSnapshot<Row extends StorageRow = StorageRow> {
  /** Whether anything was ever seen. */
  seen: boolean
  rows: readonly Row[]
  total: number
  facets: StorageUpdate['facets']
  sources: readonly SourceState[]
  /** Why it is not shown. */
  refusal: string | undefined
}

const nothing: StorageUpdate = { total: 0, from: 0, rows: [], facets: [], sources: [] }

/** @param request undefined: not now */
export function useStorage<Table extends StorageTable>(
  request: (StorageRequest & { table: Table }) | undefined,
): StorageSnapshot<StorageRows[Table]> {
  const { value, status, refusal } = useChannel('storage', request)
  const [last, setLast] = useState<StorageUpdate>()
  if (value !== undefined && value !== last) setLast(value)
  const shown = value ?? last ?? nothing
  return {
    seen: value !== undefined || last !== undefined,
    // Rows of the table that was asked for: nobody asks for another one in the same place.
    rows: shown.rows as unknown as readonly StorageRows[Table][],
    total: shown.total,
    facets: shown.facets,
    sources: shown.sources,
    refusal: status === 'refused' ? refusal?.message : undefined,
  }
}

/** The kinds that rows of a table stand for; other sources only add to them. */
export const mainKinds: Readonly<Record<StorageTable, readonly string[]>> = {
  volumes: ['persistentvolumeclaims', 'datavolumes'],
  snapshots: ['virtualmachinesnapshots'],
  classes: ['storageclasses'],
  policies: ['snapshotpolicies'],
}

/** Why a table can't be shown at all: no cluster has its kind, or none lets them see it. */
export function closedBecause(
  table: StorageTable,
  sources: readonly SourceState[],
): { state: 'absent' | 'forbidden'; message: string | undefined } | undefined {
  const main = sources.filter(({ resource }) => mainKinds[table].includes(resource))
  const closed = main.find(({ state }) => state === 'forbidden') ?? main.find(({ state }) => state === 'absent')
  if (closed === undefined || main.some(({ state }) => state !== 'forbidden' && state !== 'absent')) return undefined
  return { state: closed.state === 'forbidden' ? 'forbidden' : 'absent', message: closed.message }
}
