/** What a storage list shows, from the URL. */

import { useMemo, useState } from 'react'
import { columnsOfTable, parseQuery, type StorageRequest, type StorageTable } from '@berth/view'
import { useSearch, useSetSearch } from '../../../routes/navigation.tsx'
import { useScope } from '../../../routes/scope.ts'
import { scopedQuery } from '../../workloads/search/edit-query.ts'

export const pageSize = 100

/** Columns whose values are counted, to choose from. */
export const facetsOf: Readonly<Record<StorageTable, readonly string[]>> = {
  volumes: ['status', 'class', 'used', 'source', 'namespace'],
  snapshots: ['status', 'vm', 'policy', 'namespace'],
  classes: ['provisioner'],
  policies: ['status', 'namespace'],
}

export interface StorageListState<Table extends StorageTable> {
  text: string
  setText: (text: string) => void
  sort: { column: string; descending: boolean } | undefined
  clickSort: (column: string) => void
  page: number
  setPage: (page: number) => void
  detail: string | undefined
  setDetail: (key: string | undefined) => void
  request: StorageRequest & { table: Table }
}

export function useStorageList<Table extends StorageTable>(table: Table): StorageListState<Table> {
  const search = useSearch()
  const setSearch = useSetSearch()
  const { cluster, namespace } = useScope()
  const fields = columnsOfTable(table)
  const text = search['q'] ?? ''
  const sortText = search['sort'] ?? ''
  const column = sortText.replace(/^-/, '')
  const sort = useMemo(
    () => (fields.of(column)?.sortable === true ? { column, descending: sortText.startsWith('-') } : undefined),
    [fields, column, sortText],
  )
  const page = Math.min(100_000, Math.max(0, Math.trunc(Number(search['page'] ?? '0')) || 0))
  const valid = parseQuery(text, fields).ok
  const [lastValid, setLastValid] = useState(valid ? text : '')
  if (valid && lastValid !== text) setLastValid(text)
  const request = useMemo(
    () => ({
      table,
      query: scopedQuery(
        {
          ...(cluster === undefined ? {} : { cluster }),
          // Classes are the whole cluster's.
          ...(namespace === undefined || table === 'classes' ? {} : { namespace }),
        },
        lastValid,
      ),
      sort: sort === undefined ? [] : [sort],
      from: page * pageSize,
      count: pageSize,
      facets: [...facetsOf[table]],
    }),
    [table, cluster, namespace, lastValid, sort, page],
  )
  return {
    text,
    setText: (q) => setSearch({ q, page: undefined }),
    sort,
    clickSort(next) {
      const same = sort?.column === next
      setSearch({ sort: !same ? next : sort.descending ? undefined : `-${next}`, page: undefined })
    },
    page,
    setPage: (next) => setSearch({ page: next === 0 ? undefined : String(next) }),
    detail: search['detail'],
    setDetail: (key) => setSearch({ detail: key }),
    request,
  }
}
