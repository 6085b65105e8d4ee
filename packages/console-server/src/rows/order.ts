/** The order of a list: group, then the columns that are sorted by, then the name, then the key, so that no two rows are equal. */

import { columnOf, compareKeys, facetValues, naturalKey, sortKey, type SortKey } from '@berth/view'
import type { Entry } from './entry.ts'

/** A row in its place, with what it is compared by. */
export interface Item {
  readonly entry: Entry
  /** Value of the grouping column; empty without one. */
  readonly group: string
  readonly groupKey: string
  readonly keys: readonly SortKey[]
}

export interface Order {
  item(entry: Entry): Item
  compare(left: Item, right: Item): number
  compareGroups(left: string, right: string): number
}

export interface OrderRequest {
  sort: readonly { column: string; descending?: boolean }[]
  group?: string
}

export function createOrder({ sort, group }: OrderRequest): Order {
  const grouping = group === undefined ? undefined : columnOf(group)
  const name = columnOf('name')
  const columns = sort.flatMap(({ column: id, descending = false }) => {
    const column = columnOf(id)
    return column === undefined ? [] : [{ column, descending }]
  })
  // Ties are broken by name.
  if (name !== undefined) columns.push({ column: name, descending: false })
  return {
    item(entry) {
      const value = grouping === undefined ? '' : (facetValues(grouping, entry.row)[0] ?? '')
      const keys = columns.map(({ column }) => sortKey(column, entry.row))
      return { entry, group: value, groupKey: naturalKey(value), keys }
    },
    compare(left, right) {
      if (grouping !== undefined) {
        const order = compareGroups(left, right)
        if (order !== 0) return order
      }
      for (let at = 0; at < columns.length; at += 1) {
        const order = compareKeys(left.keys[at], right.keys[at], columns[at]?.descending === true)
        if (order !== 0) return order
      }
      const [a, b] = [left.entry.row.key, right.entry.row.key]
      return a === b ? 0 : a < b ? -1 : 1
    },
    compareGroups: (left, right) =>
      compareGroups({ group: left, groupKey: naturalKey(left) }, { group: right, groupKey: naturalKey(right) }),
  }
}

/** Rows without a value come last, and different texts never fall into one group. */
function compareGroups(left: Pick<Item, 'group' | 'groupKey'>, right: Pick<Item, 'group' | 'groupKey'>): number {
  if (left.group === right.group) return 0
  if (left.group === '') return 1
  if (right.group === '') return -1
  const [a, b] = left.groupKey === right.groupKey ? [left.group, right.group] : [left.groupKey, right.groupKey]
  return a < b ? -1 : 1
}
