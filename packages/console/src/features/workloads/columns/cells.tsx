/** What stands in a cell of each column. */

import type { ReactNode } from 'react'
import type { TFunction } from 'i18next'
import type { Row } from '@berth/view'
import type { Format } from '../../../i18n/format.ts'
import { stateWord } from '../../../i18n/state-word.ts'
import { machinePath } from '../../../routes/paths.ts'
import { StatusMark } from '../../../ui/index.ts'
import styles from './cells.module.css'
import type { ColumnId } from './column-ids.ts'

export interface CellTools {
  t: TFunction
  format: Format
  /** Milliseconds since 1970, for ages. */
  now: number
}

/** The page of a row; undefined for what has none. */
export function pageOf(row: Row): string | undefined {
  if (row.kind !== 'VirtualMachine' && row.kind !== 'VirtualMachineInstance') return undefined
  return machinePath({ cluster: row.cluster, namespace: row.namespace, name: row.name })
}

const muted = (text: string): ReactNode => <span className={styles['muted']}>{text}</span>
const list = (texts: readonly string[]): ReactNode => (texts.length === 0 ? undefined : texts.join(', '))
const several = (texts: readonly string[]): string | undefined => (texts.length > 1 ? texts.join('\n') : undefined)
const labelsOf = (row: Row): string =>
  Object.entries(row.labels)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join(', ')

const cells: Record<ColumnId, (row: Row, tools: CellTools) => ReactNode> = {
  name: (row, { t }) => (
    <span className={styles['name']}>
      {nameLink(row)}
      {row.deleting && <span className={styles['badge']}>{t('badge.deleting')}</span>}
      {row.restartRequired && !row.deleting && <span className={styles['badge']}>{t('badge.restart')}</span>}
    </span>
  ),
  status: (row, { t }) => <StatusMark tone={row.tone}>{stateWord(t, row.status)}</StatusMark>,
  namespace: (row) => row.namespace,
  node: (row) => row.node,
  address: (row) => list(row.addresses),
  cpus: (row, { format }) => row.cpus !== undefined && format.number(row.cpus, 2),
  memory: (row, { format }) => row.memory !== undefined && format.bytes(row.memory),
  cpuused: (row, { format }) => used(row.cpuUsed, row.cpus, format),
  memoryused: (row, { format }) => used(row.memoryUsed, row.memory, format),
  os: (row) => row.os,
  age: (row, { format, now }) => muted(format.relative(row.created, now)),
  kind: (row, { t }) => t(`kind.${row.kind}`),
  cluster: (row) => row.cluster,
  storage: (row, { format }) => row.storage !== undefined && format.bytes(row.storage),
  instancetype: (row) => row.instancetype,
  network: (row) => list(row.networks),
  storageclass: (row) => list(row.storageClasses),
  labels: (row) => muted(labelsOf(row)),
  reason: (row) => row.reason,
}

export function drawCell(id: ColumnId, row: Row, tools: CellTools): ReactNode {
  return cells[id](row, tools)
}

/** The whole text of a cell that may be cut off, or what stands behind it. */
const titles: Partial<Record<ColumnId, (row: Row, tools: CellTools) => string | undefined>> = {
  name: (row, { t }) => (row.restartRequired ? t('badge.restartWhy', { name: row.name }) : row.name),
  status: (row) => row.reason,
  address: (row) => several(row.addresses),
  network: (row) => several(row.networks),
  storageclass: (row) => several(row.storageClasses),
  labels: labelsOf,
  age: (row, { format }) => format.time(row.created),
  reason: (row) => row.reason,
  node: (row) => row.node,
  os: (row) => row.os,
  namespace: (row) => row.namespace,
  instancetype: (row) => row.instancetype,
}

export function cellTitle(id: ColumnId, row: Row, tools: CellTools): string | undefined {
  return titles[id]?.(row, tools)
}

function used(value: number | undefined, of: number | undefined, format: Format): ReactNode {
  if (value === undefined) return undefined
  return of === undefined || of === 0 ? format.number(value, 1) : format.percent(value / of)
}

function nameLink(row: Row): ReactNode {
  const page = pageOf(row)
  if (page === undefined) return <span className={styles['word']}>{row.name}</span>
  // A plain click is the row's own (it opens the panel); the link is for new tabs and for copying.
  return (
    <a
      className={styles['word']}
      href={page}
      tabIndex={-1}
      draggable={false}
      onClick={(event) => {
        const plain = !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
        if (plain) event.preventDefault()
        else if (!event.shiftKey) event.stopPropagation()
      }}
    >
      {row.name}
    </a>
  )
}
