/** Columns of the storage tables: fields of their queries, what can be sorted and counted. */

import { columnSet, type Column, type ColumnSet, type Searchable } from '../rows/column.ts'
import type { ClassRow, PolicyRow, SnapshotRow, StorageTable, VolumeRow } from './storage-row.ts'

const text = { type: 'text', sortable: true, facetable: true, groupable: true, match: 'equal' } as const
const list = { type: 'list', sortable: true, facetable: true, groupable: false, match: 'equal' } as const
const amount = { sortable: true, facetable: false, groupable: false, match: 'equal' } as const
const flag = { type: 'flag', sortable: true, facetable: true, groupable: true, match: 'equal' } as const

type Common = Pick<VolumeRow, 'name' | 'namespace' | 'cluster' | 'status' | 'tone' | 'created' | 'deleting' | 'labels'>

const name: Column<Common> = { ...text, id: 'name', facetable: false, groupable: false, value: (row) => row.name }
const status: Column<Common> = { ...text, id: 'status', value: (row) => row.status }
const tone: Column<Common> = { ...text, id: 'tone', value: (row) => row.tone }
const namespace: Column<Common> = { ...text, id: 'namespace', aliases: ['ns'], value: (row) => row.namespace }
const cluster: Column<Common> = { ...text, id: 'cluster', value: (row) => row.cluster }
const age: Column<Common> = { ...amount, id: 'age', type: 'time', value: (row) => row.created }
const deleting: Column<Common> = { ...flag, id: 'deleting', value: (row) => row.deleting }

const yesNo = ['yes', 'no']
const known = {
  tone: ['running', 'starting', 'attention', 'stopped'],
  deleting: yesNo,
  used: yesNo,
  ready: yesNo,
  default: yesNo,
  suspended: yesNo,
}

const volumes: readonly Column<VolumeRow>[] = [
  name,
  status,
  tone,
  namespace,
  cluster,
  { ...amount, id: 'size', type: 'bytes', value: (row) => row.size },
  { ...amount, id: 'allocated', type: 'bytes', value: (row) => row.used },
  { ...text, id: 'class', aliases: ['storageclass'], value: (row) => row.class },
  { ...list, id: 'vm', aliases: ['machine', 'user'], value: (row) => row.users.map((user) => user.name) },
  { ...flag, id: 'used', aliases: ['inuse'], value: (row) => row.users.length > 0 },
  { ...text, id: 'source', value: (row) => row.source },
  { ...text, id: 'mode', value: (row) => row.mode },
  { ...list, id: 'access', value: (row) => row.access },
  { ...amount, id: 'snapshots', type: 'number', value: (row) => row.snapshots },
  age,
  deleting,
]

const snapshots: readonly Column<SnapshotRow>[] = [
  name,
  status,
  tone,
  namespace,
  cluster,
  { ...text, id: 'vm', aliases: ['machine'], value: (row) => row.machine },
  { ...text, id: 'policy', value: (row) => row.policy },
  { ...flag, id: 'ready', value: (row) => row.ready },
  { ...list, id: 'indication', value: (row) => row.indications },
  { ...amount, id: 'size', type: 'bytes', value: (row) => row.size },
  { ...text, id: 'note', facetable: false, groupable: false, match: 'contains', value: (row) => row.note },
  age,
  deleting,
]

const classes: readonly Column<ClassRow>[] = [
  name,
  status,
  tone,
  cluster,
  { ...text, id: 'provisioner', value: (row) => row.provisioner },
  { ...flag, id: 'default', value: (row) => row.isDefault || row.isVirtDefault },
  { ...amount, id: 'free', type: 'bytes', value: (row) => row.free },
  { ...amount, id: 'provisioned', type: 'bytes', value: (row) => row.provisioned },
  { ...amount, id: 'volumes', type: 'number', value: (row) => row.volumes },
  { ...text, id: 'binding', value: (row) => row.binding },
  { ...text, id: 'reclaim', value: (row) => row.reclaim },
  age,
]

const policies: readonly Column<PolicyRow>[] = [
  name,
  status,
  tone,
  namespace,
  cluster,
  { ...text, id: 'schedule', facetable: false, groupable: false, value: (row) => row.schedule },
  { ...list, id: 'vm', aliases: ['machine'], value: (row) => row.machines },
  { ...flag, id: 'suspended', value: (row) => row.suspended },
  { ...amount, id: 'last', type: 'time', value: (row) => row.lastRun },
  { ...amount, id: 'next', type: 'time', value: (row) => row.nextRun },
  { ...amount, id: 'snapshots', type: 'number', value: (row) => row.snapshots },
  age,
]

export const storageColumns = {
  volumes: columnSet(volumes, known),
  snapshots: columnSet(snapshots, known),
  classes: columnSet(classes, known),
  policies: columnSet(policies, known),
} satisfies Record<StorageTable, unknown>

/** Of a table that is only known at run time: rows of that table are all that its columns are given. */
export function columnsOfTable(table: StorageTable): ColumnSet<Searchable> {
  // Reading through a method (see Column) makes this fit.
  return storageColumns[table]
}
