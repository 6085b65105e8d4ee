/** Columns of the list: one table for the server (sort, facets, groups), the browser (what can be shown) and the query language (fields). */

import { deviceKinds } from './has.ts'
import type { BareRow } from './machine-row.ts'
import { machineTones } from './tone.ts'

/** What the values of a column are, which decides how they are compared, written and asked for. */
export type ColumnType =
  | 'text'
  /** Several texts. */
  | 'list'
  | 'number'
  /** Bytes. */
  | 'bytes'
  /** Milliseconds since 1970; shown and asked for as an age. */
  | 'time'
  | 'flag'

export type ColumnValue = string | number | boolean | readonly string[] | undefined

export interface Column<Row = BareRow> {
  /** Also the field's name in queries. */
  id: string
  type: ColumnType
  sortable: boolean
  /** Values few enough to be counted beside the list. */
  facetable: boolean
  groupable: boolean
  /** How a query's value without `*` is compared with a text. */
  match: 'equal' | 'contains' | 'prefix'
  /** Other names in queries. */
  aliases?: readonly string[]
  // A method, so that the columns of every table fit where the table is not known; each is only given rows of its own.
  value(row: Row): ColumnValue
}

/** What every row has, whatever its table: what words and labels of a query look at. */
export interface Searchable {
  name: string
  addresses?: readonly string[]
  labels: Readonly<Record<string, string>>
}

/** The columns of a table: what its query language has fields for. */
export interface ColumnSet<Row extends Searchable = BareRow> {
  columns: readonly Column<Row>[]
  /** The column of that id or other name, or of a label (`label:app`); undefined when there is none. */
  of(id: string): Column<Row> | undefined
  /** Values that are offered without looking at rows, by column. */
  known: Readonly<Record<string, readonly string[]>>
}

const label = 'label:'

const text = { type: 'text', sortable: true, facetable: true, groupable: true, match: 'equal' } as const
const list = { type: 'list', sortable: true, facetable: true, groupable: false, match: 'equal' } as const
const amount = { sortable: true, facetable: false, groupable: false, match: 'equal' } as const
const flag = { type: 'flag', sortable: true, facetable: true, groupable: true, match: 'equal' } as const

/** In the order in which they are offered. Labels are columns, too: `label:<key>`. */
export const columns: readonly Column[] = [
  { ...text, id: 'name', facetable: false, groupable: false, value: (row) => row.name },
  { ...text, id: 'status', value: (row) => row.status },
  { ...text, id: 'tone', value: (row) => row.tone },
  { ...text, id: 'kind', value: (row) => row.kind },
  { ...text, id: 'cluster', value: (row) => row.cluster },
  { ...text, id: 'namespace', aliases: ['ns'], value: (row) => row.namespace },
  { ...text, id: 'node', aliases: ['host'], value: (row) => row.node },
  { ...text, id: 'os', match: 'contains', value: (row) => row.os },
  { ...list, id: 'address', aliases: ['ip'], facetable: false, match: 'prefix', value: (row) => row.addresses },
  { ...amount, id: 'cpus', type: 'number', aliases: ['cpu'], value: (row) => row.cpus },
  { ...amount, id: 'memory', type: 'bytes', aliases: ['mem'], value: (row) => row.memory },
  { ...amount, id: 'storage', type: 'bytes', aliases: ['disk'], value: (row) => row.storage },
  { ...text, id: 'instancetype', aliases: ['type', 'size'], value: (row) => row.instancetype },
  { ...amount, id: 'age', type: 'time', value: (row) => row.created },
  { ...list, id: 'network', aliases: ['net'], value: (row) => row.networks },
  { ...list, id: 'storageclass', aliases: ['class'], value: (row) => row.storageClasses },
  { ...list, id: 'has', sortable: false, value: (row) => row.has },
  { ...flag, id: 'restart', value: (row) => row.restartRequired },
  { ...flag, id: 'deleting', value: (row) => row.deleting },
  { ...amount, id: 'cpuused', type: 'number', value: (row) => row.cpuUsed },
  { ...amount, id: 'memoryused', type: 'bytes', value: (row) => row.memoryUsed },
]

/** @param known values that are offered without looking at rows, by column */
export function columnSet<Row extends Searchable>(
  own: readonly Column<Row>[],
  known: ColumnSet<Row>['known'] = {},
): ColumnSet<Row> {
  const byName = new Map(own.flatMap((column) => [column.id, ...(column.aliases ?? [])].map((name) => [name, column])))
  return {
    columns: own,
    known,
    of(id) {
      if (!id.startsWith(label)) return byName.get(id)
      const key = id.slice(label.length)
      if (key === '') return undefined
      return { ...text, id, value: (row) => (Object.hasOwn(row.labels, key) ? row.labels[key] : undefined) }
    },
  }
}

/** Of the list of workloads. */
export const workloadColumns: ColumnSet = columnSet(columns, {
  status: Object.keys(machineTones),
  tone: [...new Set(Object.values(machineTones))],
  kind: ['VirtualMachine', 'VirtualMachineInstance', 'Pod', 'Deployment'],
  has: [...Object.keys(deviceKinds), 'agent'],
  restart: ['yes', 'no'],
  deleting: ['yes', 'no'],
})

/** `workloadColumns.of`. */
export function columnOf(id: string): Column | undefined {
  return workloadColumns.of(id)
}

/** What facets and groups call a row's value: nothing is the empty text. */
export function facetValues<Row>(column: Column<Row>, row: Row): readonly string[] {
  const value = column.value(row)
  if (typeof value === 'object') return value.length === 0 ? [''] : value
  if (typeof value === 'boolean') return [value ? 'yes' : 'no']
  return [value === undefined ? '' : String(value)]
}
