/** What the list shows, from the URL first and from preferences where that says nothing; and how it is changed. */

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { parseQuery } from '@berth/view'
import { useScope } from '../../../routes/scope.ts'
import { useSearch, useSetSearch } from '../../../routes/navigation.tsx'
import type { RowsQuery } from '../../../live/index.ts'
import { defaultColumns, parseColumns, writeColumns, type ChosenColumn } from '../columns/chosen-columns.ts'
import { scopedQuery } from '../search/edit-query.ts'
import { useListPreferences, useSetListPreference } from './list-preferences.ts'
import type { SavedView } from '../views/saved-views.ts'
import { parseSorting, writeSorting, type SortKey } from './sorting.ts'

export interface ListState {
  /** As it stands in the box. */
  text: string
  setText: (text: string) => void
  sorting: readonly SortKey[]
  setSorting: (sorting: readonly SortKey[]) => void
  group: string | undefined
  setGroup: (group: string | undefined) => void
  columns: readonly ChosenColumn[]
  setColumns: (columns: readonly ChosenColumn[]) => void
  detail: string | undefined
  setDetail: (key: string | undefined) => void
  collapsed: readonly string[]
  toggleGroup: (group: string) => void
  /** What is asked of the server; of a text that is no query, the last that was one. */
  query: string
  request: RowsQuery
  /** A saved view. */
  show: (view: SavedView) => void
}

const groups = /^(namespace|node|cluster|kind|status|os|instancetype|label:.{1,200})$/
const preferenceDelayMs = 600

/** @param facets columns whose values are counted */
export function useListState(facets: readonly string[]): ListState {
  const search = useSearch()
  const setSearch = useSetSearch()
  const scope = useScope()
  const preferences = useListPreferences()
  const setPreference = useSetListPreference()
  const text = search['q'] ?? ''
  const sortText = search['sort'] ?? ''
  const group = groups.test(search['group'] ?? '') ? search['group'] : undefined
  const [collapsed, setCollapsed] = useState<readonly string[]>([])
  const [changed, setChanged] = useState<{ from: string | undefined; columns: readonly ChosenColumn[] }>()

  const sorting = useMemo(() => parseSorting(sortText), [sortText])
  const columnText = search['columns'] ?? preferences.columns
  const kept = useMemo(() => parseColumns(columnText) ?? defaultColumns, [columnText])
  // Until it is kept; other columns from elsewhere (a saved view) take its place.
  const columns = changed !== undefined && changed.from === columnText ? changed.columns : kept

  const valid = parseQuery(text).ok
  const [lastValid, setLastValid] = useState(valid ? text : '')
  if (valid && lastValid !== text) setLastValid(text)
  const { cluster, namespace } = scope
  const query = useMemo(
    () =>
      scopedQuery(
        { ...(cluster === undefined ? {} : { cluster }), ...(namespace === undefined ? {} : { namespace }) },
        lastValid,
      ),
    [cluster, namespace, lastValid],
  )

  const facetText = facets.join(' ')
  const request = useMemo<RowsQuery>(
    () => ({
      table: 'workloads',
      query,
      sort: sorting.map(({ column, descending }) => ({ column, descending })),
      ...(group === undefined ? {} : { group, collapsed: [...collapsed] }),
      facets: facetText === '' ? [] : facetText.split(' '),
    }),
    [query, sorting, group, collapsed, facetText],
  )

  // A drag of an edge makes many widths: only where it ends is kept.
  const saving = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(saving.current), [])
  const inUrl = search['columns'] !== undefined
  const setColumns = useCallback(
    (next: readonly ChosenColumn[]) => {
      setChanged({ from: columnText, columns: next })
      clearTimeout(saving.current)
      saving.current = setTimeout(() => {
        const written = writeColumns(next)
        if (inUrl) setSearch({ columns: written })
        else setPreference({ columns: written })
      }, preferenceDelayMs)
    },
    [inUrl, columnText, setSearch, setPreference],
  )

  return {
    text,
    setText: (next) => setSearch({ q: next }),
    sorting,
    setSorting: (next) => setSearch({ sort: writeSorting(next) }),
    group,
    setGroup: (next) => {
      setCollapsed([])
      setSearch({ group: next })
    },
    columns,
    setColumns,
    detail: search['detail'],
    setDetail: (key) => setSearch({ detail: key }),
    collapsed,
    toggleGroup: (name) =>
      setCollapsed((before) => (before.includes(name) ? before.filter((each) => each !== name) : [...before, name])),
    query,
    request,
    show: ({ q, sort, group, columns }) => {
      setCollapsed([])
      setSearch({ q, sort, group, columns, detail: undefined }, { push: true })
    },
  }
}
