/** Snapshots of a machine as a tree, with where it is now; each can be put back, copied, given away or deleted. */

import { useState, type ReactNode } from 'react'
import { snapshotTree, type SnapshotRow, type TreeLine } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Link } from '../../../routes/navigation.tsx'
import { storageTablePath } from '../../../routes/paths.ts'
import { Empty, IconButton, Menu, Notice, Skeleton, Table } from '../../../ui/index.ts'
import { StorageDialogs } from '../../storage/dialogs/storage-dialogs.tsx'
import { indications, stateOf } from '../../storage/list/columns.tsx'
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
  const tools = { t: words, format }
  const nameOf = (key: string | undefined): string | undefined => rows.find((row) => row.key === key)?.name
  return (
    <>
      <Table
        label={t('snapshots.list')}
        items={snapshotTree(rows)}
        keyOf={({ snapshot }) => snapshot?.key ?? 'here'}
        columns={[
          { id: 'name', title: words('column.name'), cell: (line) => nameCell(line, nameOf(line.parent), t) },
          {
            id: 'state',
            title: words('column.status'),
            cell: ({ snapshot }) => (snapshot === undefined ? null : stateCell(snapshot, tools)),
          },
          {
            id: 'taken',
            title: words('column.indication'),
            cell: ({ snapshot }) => (snapshot === undefined ? null : indications(snapshot, words)),
          },
          {
            id: 'policy',
            title: words('column.policy'),
            cell: ({ snapshot }) =>
              snapshot?.policy === undefined ? null : (
                <Link href={storageTablePath({ table: 'policies' }, { q: snapshot.policy })}>{snapshot.policy}</Link>
              ),
          },
          {
            id: 'size',
            title: words('column.size'),
            align: 'end',
            cell: ({ snapshot }) => (snapshot?.size === undefined ? null : format.bytes(snapshot.size)),
          },
          {
            id: 'age',
            title: words('column.age'),
            align: 'end',
            cell: ({ snapshot }) =>
              snapshot === undefined ? null : (
                <span title={format.time(snapshot.created)}>{format.relative(snapshot.created)}</span>
              ),
          },
          {
            id: 'actions',
            title: t('disks.actions'),
            align: 'end',
            cell: ({ snapshot }) =>
              snapshot === undefined ? null : (
                <Menu
                  label={words('select.menuOf', { name: snapshot.name })}
                  align="end"
                  groups={rowActions(snapshot, words, setAsked)}
                >
                  <IconButton
                    icon="more"
                    label={words('select.menuOf', { name: snapshot.name })}
                    aria-haspopup="menu"
                  />
                </Menu>
              ),
          },
        ]}
      />
      {total > mostSnapshots && <Notice>{t('snapshots.more', { count: total - mostSnapshots })}</Notice>}
      {asked !== undefined && <StorageDialogs asked={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

/** Deeper ones are no easier to read for being further to the side. */
const mostDepth = 12

function nameCell(
  { snapshot, depth }: TreeLine,
  parent: string | undefined,
  t: ReturnType<typeof useMessages>,
): ReactNode {
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

function stateCell(row: SnapshotRow, tools: Parameters<typeof stateOf>[1]): ReactNode {
  return (
    <>
      {stateOf(row, tools)}
      {row.reason !== undefined && <span className={styles['note']}>{row.reason}</span>}
    </>
  )
}
