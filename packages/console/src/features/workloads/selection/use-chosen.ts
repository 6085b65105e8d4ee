/** The selection of the list: single rows, ranges from where one began, everything. It does not outlive the query it was made in. */

import { useCallback, useRef, useState } from 'react'
import { readLines, useLiveConnection, type RowsQuery, type RowsStore } from '../../../live/index.ts'
import { showToast } from '../../../ui/index.ts'
import { choose, chooseAll, chosenCount, mostKeys, nothingChosen, toggle, type Chosen } from './chosen.ts'

export interface ChosenState {
  chosen: Chosen
  toggleRow: (index: number, key: string) => void
  /** From where the last row was chosen to here. */
  range: (index: number) => void
  /** Everything, or nothing when something is chosen. */
  toggleAll: () => void
  all: () => void
  clear: () => void
}

export function useChosen(options: {
  store: RowsStore
  request: RowsQuery
  total: number
  tooMany: (most: number) => string
}): ChosenState {
  const { store, request, total, tooMany } = options
  const connection = useLiveConnection()
  const [state, setState] = useState<{ query: string; chosen: Chosen }>({ query: request.query, chosen: nothingChosen })
  const anchor = useRef<{ index: number; before: Chosen } | undefined>(undefined)
  const latest = useRef(0)
  const { query } = request
  // Another query is another list: what is no longer seen is not acted on.
  const chosen = state.query === query ? state.chosen : nothingChosen
  const set = useCallback((next: Chosen) => setState({ query, chosen: next }), [query])

  const range = async (index: number): Promise<void> => {
    const from = anchor.current ?? { index, before: chosen }
    anchor.current = from
    const first = Math.min(from.index, index)
    const count = Math.abs(from.index - index) + 1
    const turn = ++latest.current
    if (count > mostKeys) {
      showToast({ text: tooMany(mostKeys) })
      return
    }
    const near = Array.from({ length: count }, (_, step) => store.line(first + step))
    const lines = near.includes(undefined)
      ? (await readLines(connection, { query: request, from: first, count })).lines
      : near
    // Another range was drawn meanwhile.
    if (turn !== latest.current) return
    set(
      choose(
        from.before,
        lines.filter((line) => typeof line === 'string'),
        true,
      ),
    )
  }

  return {
    chosen,
    toggleRow(index, key) {
      const next = toggle(chosen, key)
      anchor.current = { index, before: next }
      set(next)
    },
    range: (index) => {
      range(index).catch((error: unknown) =>
        showToast({ text: error instanceof Error ? error.message : String(error), tone: 'danger' }),
      )
    },
    toggleAll: () => set(chosenCount(chosen, total) > 0 ? nothingChosen : chooseAll(query)),
    all: () => set(chooseAll(query)),
    clear: () => {
      anchor.current = undefined
      set(nothingChosen)
    },
  }
}
