/** A live table as React state: the table's shape in one hook, each row in its own. */

import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import type { Row } from '@berth/view'
import { nextFrame } from './frame.ts'
import { useLiveConnection } from './live-context.tsx'
import { createRowsStore, type RowsQuery, type RowsStore, type TableSnapshot } from './rows-store.ts'

/** One screen before anything was measured. */
const firstScreen = { from: 0, count: 40 }

/** Follows a list as long as the component is there; another query keeps the rows of the one before until the first answer. */
export function useRowsStore(query: RowsQuery): RowsStore {
  const connection = useLiveConnection()
  const [store] = useState(() => createRowsStore({ connection, query, visible: firstScreen, schedule: nextFrame }))
  useEffect(() => store.setQuery(query), [store, query])
  return store
}

/** Renders again when lines, counts or sources change; not when only values of rows do. */
export function useTable(store: RowsStore): TableSnapshot {
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store])
  return useSyncExternalStore(subscribe, () => store.snapshot)
}

/** Renders again when this row's values change. Undefined when it is not in the window. */
export function useRow(store: RowsStore, key: string): Row | undefined {
  const subscribe = useCallback((listener: () => void) => store.subscribeRow(key, listener), [store, key])
  return useSyncExternalStore(subscribe, () => store.row(key))
}
