/** Schedules that look at a source and import what is new. */

import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'
import type { FreshRow } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Empty, IconButton, Menu, Section, Table, type TableColumn } from '../../../ui/index.ts'
import type { Ask } from './asked.ts'
import { FreshStateCell, useClusterColumn, useScheduleText } from './image-cells.tsx'
import styles from './images.module.css'

export function FreshSection({ rows, ask }: { rows: readonly FreshRow[]; ask: Ask }): ReactNode {
  const cluster = useClusterColumn<FreshRow>((row) => row.cluster)
  const t = useMessages('catalogue')
  const format = useFormat()
  const words = useScheduleText()
  const when = (at: number | undefined, otherwise: string): ReactNode =>
    at === undefined ? otherwise : <span title={format.time(at)}>{format.relative(at)}</span>
  const add = (
    <Button icon="add" onClick={() => ask({ kind: 'fresh' })}>
      {t('fresh.new')}
    </Button>
  )
  return (
    <Section title={t('fresh.title')} actions={rows.length === 0 ? undefined : add}>
      {rows.length === 0 ? (
        <Empty icon="restart" title={t('fresh.none')} action={add}>
          {t('fresh.noneText')}
        </Empty>
      ) : (
        <Table
          label={t('fresh.title')}
          items={rows}
          keyOf={({ key }) => key}
          columns={freshColumns({ t, when, words, ask, cluster })}
        />
      )}
    </Section>
  )
}

function Actions({ row, ask }: { row: FreshRow; ask: Ask }): ReactNode {
  const t = useMessages('catalogue')
  const deleting = row.state === 'deleting' ? t('fresh.states.deleting') : undefined
  const groups = [
    {
      items: [
        {
          id: 'edit',
          label: t('fresh.edit'),
          icon: 'edit' as const,
          reason: deleting,
          onSelect: () => ask({ kind: 'fresh', row }),
        },
      ],
    },
    {
      items: [
        {
          id: 'end',
          label: t('fresh.end'),
          icon: 'remove' as const,
          danger: true,
          reason: deleting,
          onSelect: () => ask({ kind: 'end-fresh', row }),
        },
      ],
    },
  ]
  return (
    <Menu groups={groups} label={t('images.actionsOf', { name: row.name })} align="end">
      <IconButton icon="more" label={t('images.actionsOf', { name: row.name })} />
    </Menu>
  )
}

function freshColumns({
  t,
  when,
  words,
  ask,
  cluster,
}: {
  t: TFunction
  when: (at: number | undefined, otherwise: string) => ReactNode
  words: (schedule: string) => string
  ask: Ask
  cluster: readonly TableColumn<FreshRow>[]
}): TableColumn<FreshRow>[] {
  return [
    {
      id: 'image',
      title: t('image'),
      cell: ({ image, namespace }) => (
        <span className={styles['origin']}>
          {image}
          <span className={styles['muted']}>{t('from', { namespace })}</span>
        </span>
      ),
    },
    ...cluster,
    {
      id: 'from',
      title: t('images.from'),
      cell: ({ from }) => <span className={styles['origin']}>{from}</span>,
    },
    { id: 'schedule', title: t('fresh.schedule'), cell: ({ schedule }) => words(schedule) },
    { id: 'state', title: t('images.state'), cell: (row) => <FreshStateCell row={row} /> },
    { id: 'check', title: t('fresh.lastCheck'), cell: ({ lastCheck }) => when(lastCheck, t('fresh.never')) },
    {
      id: 'import',
      title: t('fresh.lastImport'),
      cell: ({ lastImport }) => when(lastImport, t('fresh.never')),
    },
    { id: 'next', title: t('fresh.nextCheck'), cell: ({ nextCheck }) => when(nextCheck, '–') },
    {
      id: 'keep',
      title: t('fresh.kept'),
      align: 'end',
      cell: ({ imports, keep }) => t('fresh.keptOf', { count: imports.length, keep }),
    },
    { id: 'actions', title: t('images.actions'), align: 'end', cell: (row) => <Actions row={row} ask={ask} /> },
  ]
}
