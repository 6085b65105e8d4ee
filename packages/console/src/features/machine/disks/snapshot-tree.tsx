/** Snapshots of a machine as a tree, with where it is now; each can be put back, copied, given away or deleted. */

import type { TFunction } from 'i18next'
import { useState, type ReactNode } from 'react'
import { snapshotTree, type SnapshotRow, type TreeLine } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Link } from '../../../routes/navigation.tsx'
import { storageTablePath } from '../../../routes/paths.ts'
import { Empty, IconButton, Menu, Notice, Skeleton, Table, type TableColumn } from '../../../ui/index.ts'
import { StorageDialogs } from '../../storage/dialogs/storage-dialogs.tsx'
import { indications, stateOf, type CellTools } from '../../storage/list/columns.tsx'
import { closedBecause } from '../../storage/list/use-storage.ts'
import { rowActions, type Asked } from '../../storage/row-actions.ts'
import { mostSnapshots, useSnapshotsOf } from '../../storage/use-snapshots.ts'
import type { LiveMachine } from '../use-machine.ts'
import styles from './disks.module.css'

export function SnapshotTree({ live }: { live: LiveMachine }): ReactNode {
  const words = useMessages('storage')
  const t = useMessages('machine')
  const format = useFormat()
  const [asked, setAsked] = useState<Asked>()
  const { rows, seen, sources, total, refusal } = useSnapshotsOf(live.target)
  const closed = closedBecause('snapshots', sources)
  if (refusal !== undefined) return <Notice tone="attention">{refusal}</Notice>
  if (closed !== undefined) {
    return (
      <Notice title={words(`closed.${closed.state}.snapshots`)}>
        {closed.message ?? words(`closed.${closed.state}.text`)}
      </Notice>
    )
  }
  if (!seen) return <Skeleton lines={2} />
  if (rows.length === 0) return <Empty title={t('snapshots.none')}>{t('snapshots.noneText')}</Empty>
  const nameOf = (key: string | undefined): string | undefined => rows.find((row) => row.key === key)?.name
  return (
    <>
      <Table
        label={t('snapshots.list')}
        items={snapshotTree(rows)}
        keyOf={({ snapshot }) => snapshot?.key ?? 'here'}
        columns={columnsOf({ t, tools: { t: words, format }, nameOf, onAsk: setAsked })}
      />
      {total > mostSnapshots && <Notice>{t('snapshots.more', { count: total - mostSnapshots })}</Notice>}
      {asked !== undefined && <StorageDialogs asked={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

interface Tools {
  /** Of the page of the machine; those of the storage are in `tools`. */
  t: TFunction
  tools: CellTools
  nameOf: (key: string | undefined) => string | undefined
  onAsk: (asked: Asked) => void
}

function columnsOf({ t, tools, nameOf, onAsk }: Tools): TableColumn<TreeLine>[] {
  const { t: words, format } = tools
  const column = (
    id: string,
    title: string,
    draw: (snapshot: SnapshotRow) => ReactNode,
    align?: 'end',
  ): TableColumn<TreeLine> => ({
    id,
    title,
    ...(align === undefined ? {} : { align }),
    cell: ({ snapshot }) => (snapshot === undefined ? null : draw(snapshot)),
  })
  return [
    { id: 'name', title: words('column.name'), cell: (line) => nameCell(line, nameOf(line.parent), t) },
    column('state', words('column.status'), (row) => stateCell(row, tools)),
    column('taken', words('column.indication'), (row) => indications(row, words)),
    column('policy', words('column.policy'), policyCell),
    column('size', words('column.size'), ({ size }) => (size === undefined ? null : format.bytes(size)), 'end'),
    column('age', words('column.age'), (row) => ageCell(row, tools), 'end'),
    column('actions', t('disks.actions'), (row) => menuCell(row, words, onAsk), 'end'),
  ]
}

function policyCell({ policy }: SnapshotRow): ReactNode {
  return policy === undefined ? null : (
    <Link href={storageTablePath({ table: 'policies' }, { q: policy })}>{policy}</Link>
  )
}

function ageCell({ created }: SnapshotRow, { format }: CellTools): ReactNode {
  return <span title={format.time(created)}>{format.relative(created)}</span>
}

function menuCell(row: SnapshotRow, words: TFunction, onAsk: (asked: Asked) => void): ReactNode {
  const label = words('select.menuOf', { name: row.name })
  return (
    <Menu label={label} align="end" groups={rowActions(row, words, onAsk)}>
      <IconButton icon="more" label={label} aria-haspopup="menu" />
    </Menu>
  )
}

/** Deeper ones are no easier to read for being further to the side. */
const mostDepth = 12

function nameCell({ snapshot, depth }: TreeLine, parent: string | undefined, t: TFunction): ReactNode {
  return (
    <span className={styles['line']} style={{ paddingInlineStart: `${Math.min(depth, mostDepth)}rem` }}>
      <span className={styles['branch']} aria-hidden>
        {depth === 0 ? '' : '└'}
      </span>
      <span>
        {snapshot === undefined ? (
          <strong className={styles['here']}>{t('snapshots.here')}</strong>
        ) : (
          <>
            {snapshot.name}
            {snapshot.note !== undefined && <span className={styles['note']}>{snapshot.note}</span>}
          </>
        )}
        {parent !== undefined && <span className="visually-hidden"> {t('snapshots.after', { name: parent })}</span>}
      </span>
    </span>
  )
}

function stateCell(row: SnapshotRow, tools: CellTools): ReactNode {
  return (
    <>
      {stateOf(row, tools)}
      {row.reason !== undefined && <span className={styles['note']}>{row.reason}</span>}
    </>
  )
}
