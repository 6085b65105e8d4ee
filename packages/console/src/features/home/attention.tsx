/** Machines that need somebody, those whose changes wait for a restart, hosts that take nothing, clusters that do not answer. */

import { Fragment, useMemo, type ReactNode } from 'react'
import { useQueries } from '@tanstack/react-query'
import type { ClusterInfo, StorageRow, StorageTable } from '@berth/view'
import { capabilitiesQuery } from '../../backend/index.ts'
import { stateWord, useFormat, useMessages } from '../../i18n/index.ts'
import { useChannel, useRow, useRowsStore, useTable, type RowsStore } from '../../live/index.ts'
import { Link } from '../../routes/navigation.tsx'
import { hostsPath, machinePath, storageTablePath, workloadsPath } from '../../routes/paths.ts'
import { Skeleton, StatusMark } from '../../ui/index.ts'
import styles from './home.module.css'

const mostShown = 8

export function Attention({ scope, clusters }: { scope: string; clusters: readonly ClusterInfo[] }) {
  const t = useMessages('home')
  const ill = useQuery(`${scope} tone:attention`.trim())
  const waiting = useQuery(`${scope} restart:yes -tone:attention`.trim())
  const hosts = useHostProblems(clusters)
  const stores = useStorageProblems(scope)
  const lost = clusters.filter(({ state }) => state !== 'reachable')
  if (!ill.table.seen) return <Skeleton lines={3} />
  const storage = stores.reduce((sum, { total }) => sum + total, 0)
  const nothing = ill.table.total + waiting.table.total + hosts.length + lost.length + storage === 0
  if (nothing) return <p className={styles['calm']}>{t('attention.none')}</p>
  return (
    <ul className={styles['attention']}>
      {lost.map(({ id, name, message }) => (
        <li key={id}>
          <StatusMark tone="attention">{t('attention.cluster')}</StatusMark>
          <span>{name}</span>
          <span className={styles['reason']}>{message}</span>
        </li>
      ))}
      {hosts.map((name) => (
        <li key={name}>
          <StatusMark tone="attention">{t('attention.host')}</StatusMark>
          <Link href={hostsPath()}>{name}</Link>
          <span className={styles['reason']}>{t('attention.hostReason')}</span>
        </li>
      ))}
      <Rows {...ill} q="tone:attention" />
      <Rows {...waiting} q="restart:yes" />
      {stores.map((store) => (
        <StorageItems key={store.table} {...store} />
      ))}
    </ul>
  )
}

function useQuery(query: string) {
  const wanted = useMemo(
    () => ({ table: 'workloads' as const, query, sort: [{ column: 'age', descending: true }] }),
    [query],
  )
  const store = useRowsStore(wanted)
  return { store, table: useTable(store) }
}

function Rows({ store, table, q }: ReturnType<typeof useQuery> & { q: string }) {
  const t = useMessages('home')
  const keys = table.window.filter((line): line is string => typeof line === 'string').slice(0, mostShown)
  const rest = table.total - keys.length
  return (
    <>
      {keys.map((key) => (
        <Item key={key} store={store} id={key} />
      ))}
      {rest > 0 && (
        <li>
          <Link href={workloadsPath({ q })}>{t('attention.more', { count: rest })}</Link>
        </li>
      )}
    </>
  )
}

function Item({ store, id }: { store: RowsStore; id: string }) {
  const t = useMessages('home')
  const row = useRow(store, id)
  if (row === undefined) return null
  const { cluster, namespace, name, kind } = row
  const href =
    kind === 'VirtualMachine' || kind === 'VirtualMachineInstance'
      ? machinePath({ cluster, namespace, name })
      : workloadsPath({ detail: id })
  return (
    <li>
      <StatusMark tone={row.tone}>{stateWord(t, row.status)}</StatusMark>
      <Link href={href}>{name}</Link>
      <span className={styles['reason']}>{row.reason ?? (row.restartRequired ? t('attention.restart') : '')}</span>
    </li>
  )
}

interface StorageProblems {
  table: StorageTable
  total: number
  rows: readonly StorageRow[]
}

/** Imports that fail, storage that is full, snapshots and policies that come to nothing. */
function useStorageProblems(scope: string): StorageProblems[] {
  const volumes = useStorageTable('volumes', `${scope} tone:attention`)
  const snapshots = useStorageTable('snapshots', `${scope} tone:attention`)
  const policies = useStorageTable('policies', `${scope} tone:attention`)
  // Classes belong to no namespace.
  const classes = useStorageTable(
    'classes',
    `${scope.replace(/namespace:\S+/, '')} status:OutOfService,Full,OverCommitted`,
  )
  return [classes, volumes, snapshots, policies]
}

function useStorageTable(table: StorageTable, query: string): StorageProblems {
  const request = useMemo(
    () => ({ table, query: query.trim(), sort: [{ column: 'age' }], from: 0, count: mostShown }),
    [table, query],
  )
  const { value } = useChannel('storage', request)
  return { table, total: value?.total ?? 0, rows: value?.rows ?? [] }
}

function StorageItems({ table, total, rows }: StorageProblems): ReactNode {
  const t = useMessages('home')
  const format = useFormat()
  const q = table === 'classes' ? 'status:OutOfService,Full,OverCommitted' : 'tone:attention'
  const freeOf = (row: StorageRow): string =>
    row.table === 'classes' && row.free !== undefined && row.total !== undefined
      ? t('storage.free', { free: format.bytes(row.free), total: format.bytes(row.total) })
      : ''
  return (
    <>
      {together(rows).map((same) => (
        <li key={same[0].key}>
          <StatusMark tone="attention">
            {t(`storage.${table}.${statusOf(same[0])}`, { defaultValue: t(`storage.${table}.any`) })}
          </StatusMark>
          <span>
            {same.map((row, at) => (
              <Fragment key={row.key}>
                {at > 0 && ', '}
                <Link href={storageTablePath({ table }, { q, detail: row.key })}>{row.name}</Link>
              </Fragment>
            ))}
          </span>
          <span className={styles['reason']}>{same[0].reason ?? freeOf(same[0])}</span>
        </li>
      ))}
      {total > rows.length && (
        <li>
          <Link href={storageTablePath({ table }, { q })}>{t('attention.more', { count: total - rows.length })}</Link>
        </li>
      )}
    </>
  )
}

const statusOf = (row: StorageRow): string =>
  row.table === 'classes' && row.status === 'Full' && row.free === 0 ? 'NothingFree' : row.status

/** Classes of one storage fill up together: they are told once. */
function together(rows: readonly StorageRow[]): [StorageRow, ...StorageRow[]][] {
  const groups = new Map<string, [StorageRow, ...StorageRow[]]>()
  for (const row of rows) {
    const one =
      row.table === 'classes' && row.promised !== undefined
        ? [row.cluster, row.status, row.free, row.total, row.promised].join('/')
        : row.key
    const group = groups.get(one)
    if (group === undefined) groups.set(one, [row])
    else group.push(row)
  }
  return [...groups.values()]
}

/** Names of hosts that take no machines now. */
function useHostProblems(clusters: readonly ClusterInfo[]): string[] {
  const answers = useQueries({
    queries: clusters.map(({ id, state }) => ({ ...capabilitiesQuery(id), enabled: state === 'reachable' })),
  })
  return answers.flatMap(({ data }) =>
    (data?.nodes ?? []).filter(({ schedulable }) => !schedulable).map(({ name }) => name),
  )
}
