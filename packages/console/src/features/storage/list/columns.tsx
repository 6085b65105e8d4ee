/** Columns of each storage list and what stands in them. */

import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'
import type { ClassRow, PolicyRow, SnapshotRow, StorageRow, StorageRows, StorageTable, VolumeRow } from '@berth/view'
import type { Format } from '../../../i18n/index.ts'
import { Link } from '../../../routes/navigation.tsx'
import { machineTabPath, storageTablePath } from '../../../routes/paths.ts'
import { ProgressBar, StatusMark } from '../../../ui/index.ts'
import { termFor } from '../../workloads/search/edit-query.ts'
import styles from './list.module.css'

export interface CellTools {
  t: TFunction
  format: Format
}

export interface ListColumn<Row extends StorageRow> {
  /** Id of the column of queries, where it can be sorted by. */
  id: string
  align?: 'end'
  /** Left out first where there is little room. */
  minor?: boolean
  cell(row: Row, tools: CellTools): ReactNode
}

const muted = (text: ReactNode): ReactNode => <span className={styles['muted']}>{text}</span>
const dash = muted('–')

export function stateOf(row: StorageRow, { t }: CellTools): ReactNode {
  const status = row.table === 'classes' && row.status === 'Full' && row.free === 0 ? 'NothingFree' : row.status
  return <StatusMark tone={row.tone}>{t(`status.${status}`, { defaultValue: row.status })}</StatusMark>
}

const bytes = (value: number | undefined, { format }: CellTools): ReactNode =>
  value === undefined ? dash : format.bytes(value)
const age = (at: number | undefined, { format }: CellTools): ReactNode =>
  at === undefined || at === 0 ? dash : <span title={format.time(at)}>{format.relative(at)}</span>

export function machineLink(row: Pick<StorageRow, 'cluster' | 'namespace'>, name: string): ReactNode {
  return (
    <Link key={name} href={machineTabPath({ cluster: row.cluster, namespace: row.namespace, name, tab: 'disks' })}>
      {name}
    </Link>
  )
}

/** A few by name, the others as a number. */
export function machineLinks(
  row: Pick<StorageRow, 'cluster' | 'namespace'>,
  names: readonly string[],
  t: TFunction,
): ReactNode {
  if (names.length === 0) return dash
  const shown = names.slice(0, 2)
  return (
    <span className={styles['several']}>
      {shown.map((name) => machineLink(row, name))}
      {names.length > shown.length && muted(t('andMore', { count: names.length - shown.length }))}
    </span>
  )
}

function volumeState(row: VolumeRow, tools: CellTools): ReactNode {
  const { format } = tools
  return (
    <span className={styles['state']}>
      {stateOf(row, tools)}
      {row.progress !== undefined && (
        <>
          <span className={styles['bar']}>
            <ProgressBar value={row.progress} label={tools.t('progressOf', { name: row.name })} />
          </span>
          {muted(format.percent(row.progress))}
        </>
      )}
      {row.reason !== undefined && (
        <span className={styles['reason']} title={row.reason}>
          {row.reason}
        </span>
      )}
    </span>
  )
}

const namespace = {
  id: 'namespace',
  minor: true,
  cell: (row: StorageRow): ReactNode => row.namespace,
} as const

const volumes: readonly ListColumn<VolumeRow>[] = [
  { id: 'status', cell: volumeState },
  namespace,
  {
    id: 'size',
    align: 'end',
    cell: (row, tools) => (
      <>
        {bytes(row.size, tools)}
        {row.growingTo !== undefined && muted(` → ${tools.format.bytes(row.growingTo)}`)}
      </>
    ),
  },
  { id: 'allocated', align: 'end', cell: (row, tools) => bytes(row.used, tools) },
  { id: 'class', cell: (row) => row.class ?? dash },
  {
    id: 'vm',
    cell: (row, { t }) =>
      machineLinks(
        row,
        row.users.map(({ name }) => name),
        t,
      ),
  },
  {
    id: 'snapshots',
    align: 'end',
    cell: (row, { format }) => (row.snapshots === 0 ? dash : format.number(row.snapshots)),
  },
  { id: 'age', align: 'end', cell: (row, tools) => age(row.created, tools) },
]

const snapshots: readonly ListColumn<SnapshotRow>[] = [
  {
    id: 'status',
    cell: (row, tools) => (
      <span className={styles['state']}>
        {stateOf(row, tools)}
        {row.reason !== undefined && (
          <span className={styles['reason']} title={row.reason}>
            {row.reason}
          </span>
        )}
      </span>
    ),
  },
  namespace,
  {
    id: 'vm',
    cell: (row, { t }) =>
      row.machineThere ? machineLink(row, row.machine) : muted(t('machineGone', { name: row.machine })),
  },
  {
    id: 'policy',
    cell: (row) =>
      row.policy === undefined ? (
        dash
      ) : (
        <Link href={storageTablePath({ table: 'policies' }, { q: row.policy })}>{row.policy}</Link>
      ),
  },
  { id: 'indication', minor: true, cell: (row, { t }) => indications(row, t) },
  { id: 'size', align: 'end', cell: (row, tools) => bytes(row.size, tools) },
  { id: 'age', align: 'end', cell: (row, tools) => age(row.created, tools) },
]

export function indications({ indications: all }: SnapshotRow, t: TFunction): ReactNode {
  if (all.length === 0) return dash
  return all.map((each) => t(`indication.${each}`, { defaultValue: each })).join(', ')
}

const classes: readonly ListColumn<ClassRow>[] = [
  { id: 'status', cell: stateOf },
  {
    id: 'default',
    cell: ({ isDefault, isVirtDefault }, { t }) =>
      isVirtDefault ? t('default.virt') : isDefault ? t('default.all') : dash,
  },
  { id: 'free', align: 'end', cell: (row, tools) => freeOf(row, tools) },
  {
    id: 'provisioned',
    align: 'end',
    cell: (row, tools) => (
      <>
        {bytes(row.provisioned, tools)}
        {row.commitment !== undefined && muted(` (${tools.format.percent(row.commitment)})`)}
      </>
    ),
  },
  {
    id: 'volumes',
    align: 'end',
    cell: (row, { format }) => (
      <Link href={storageTablePath({ table: 'volumes' }, { q: termFor('class', row.name) })}>
        {format.number(row.volumes)}
      </Link>
    ),
  },
  { id: 'binding', minor: true, cell: ({ binding }, { t }) => t(`binding.${binding}`, { defaultValue: binding }) },
  { id: 'reclaim', minor: true, cell: ({ reclaim }, { t }) => t(`reclaim.${reclaim}`, { defaultValue: reclaim }) },
  { id: 'provisioner', minor: true, cell: ({ provisioner }) => muted(provisioner) },
]

export function freeOf({ free, total }: ClassRow, { t, format }: CellTools): ReactNode {
  if (free === undefined) return dash
  return total === undefined
    ? format.bytes(free)
    : t('freeOf', { free: format.bytes(free), total: format.bytes(total) })
}

export function scheduleWords({ schedule }: Pick<PolicyRow, 'schedule'>, t: TFunction): ReactNode {
  const [, every] = /^every (.+)$/.exec(schedule) ?? []
  return every === undefined ? <code>{schedule}</code> : t('everyTime', { every })
}

const policies: readonly ListColumn<PolicyRow>[] = [
  {
    id: 'status',
    cell: (row, tools) => (
      <span className={styles['state']}>
        {stateOf(row, tools)}
        {row.reason !== undefined && (
          <span className={styles['reason']} title={row.reason}>
            {row.reason}
          </span>
        )}
      </span>
    ),
  },
  namespace,
  { id: 'schedule', cell: (row, { t }) => scheduleWords(row, t) },
  { id: 'keep', cell: (row, { t }) => keepWords(row, t) },
  { id: 'vm', cell: (row, { t }) => machineLinks(row, row.machines, t) },
  {
    id: 'snapshots',
    align: 'end',
    cell: (row, { format }) => (
      <Link href={storageTablePath({ table: 'snapshots' }, { q: termFor('policy', row.name) })}>
        {format.number(row.snapshots)}
      </Link>
    ),
  },
  { id: 'last', align: 'end', cell: (row, tools) => age(row.lastRun, tools) },
  { id: 'next', align: 'end', cell: (row, tools) => age(row.nextRun, tools) },
]

export function keepWords({ keepCount, keepDays }: PolicyRow, t: TFunction): ReactNode {
  const parts = [
    ...(keepCount === undefined ? [] : [t('keep.count', { count: keepCount })]),
    ...(keepDays === undefined ? [] : [t('keep.days', { count: keepDays })]),
  ]
  return parts.length === 0 ? t('keep.all') : parts.join(', ')
}

const listColumns: { readonly [Table in StorageTable]: readonly ListColumn<StorageRows[Table]>[] } = {
  volumes,
  snapshots,
  classes,
  policies,
}

const clusterColumn: ListColumn<StorageRow> = { id: 'cluster', cell: (row) => row.cluster }

/**
 * Of a table that is only known at run time: each column is only given rows of its own table.
 * @param several whether rows of several clusters stand in it
 */
export function columnsFor(table: StorageTable, several: boolean): readonly ListColumn<StorageRow>[] {
  return several ? [clusterColumn, ...listColumns[table]] : listColumns[table]
}
