/** From all rows of a table to the window somebody asked for: filtered, sorted, counted. Pure. */

import {
  columnsOfTable,
  compareKeys,
  compileQuery,
  facetValues,
  naturalKey,
  sortKey,
  withoutField,
  type Facet,
  type Query,
  type StorageRequest,
  type StorageRow,
  type StorageUpdate,
} from '@berth/view'

/** Values told of; the others are counted together. */
const mostTold = 50

export function selectRows(
  rows: readonly StorageRow[],
  { query, request, nowMs }: { query: Query; request: StorageRequest; nowMs: number },
): Omit<StorageUpdate, 'sources'> {
  const fields = columnsOfTable(request.table)
  const matcher = compileQuery(query, fields)
  const found = rows.filter((row) => matcher.matches(row, nowMs))
  const columns = request.sort.flatMap(({ column: id, descending = false }) => {
    const column = fields.of(id)
    return column === undefined ? [] : [{ column, descending }]
  })
  const keyed = found.map((row) => ({
    row,
    keys: columns.map(({ column }) => sortKey(column, row)),
    name: naturalKey(row.name),
  }))
  keyed.sort((left, right) => {
    for (let at = 0; at < columns.length; at += 1) {
      const order = compareKeys(left.keys[at], right.keys[at], columns[at]?.descending === true)
      if (order !== 0) return order
    }
    if (left.name !== right.name) return left.name < right.name ? -1 : 1
    return left.row.key < right.row.key ? -1 : 1
  })
  return {
    total: found.length,
    from: request.from,
    rows: keyed.slice(request.from, request.from + request.count).map(({ row }) => row),
    facets: (request.facets ?? []).map((column) => facetOf(column, { rows, query, request, nowMs })),
  }
}

/** Over what the rest of the query leaves, so that other values can be chosen. */
function facetOf(
  id: string,
  of: { rows: readonly StorageRow[]; query: Query; request: StorageRequest; nowMs: number },
): Facet {
  const fields = columnsOfTable(of.request.table)
  const column = fields.of(id)
  const matcher = compileQuery(withoutField(of.query, id), fields)
  const counts = new Map<string, number>()
  for (const row of of.rows) {
    if (column === undefined || !matcher.matches(row, of.nowMs)) continue
    for (const value of facetValues(column, row)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const values = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1))
  return { column: id, values: values.slice(0, mostTold), more: Math.max(0, values.length - mostTold) }
}
