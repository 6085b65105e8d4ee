/** Images that are being built, and builds that have ended: how far, with the log. */

import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'
import type { BuildRow } from '@berth/view'
import { useFormat, useMessages, type Format } from '../../../i18n/index.ts'
import { Button, Empty, IconButton, Menu, Section, Table, type MenuItem, type TableColumn } from '../../../ui/index.ts'
import type { Ask } from './asked.ts'
import { BuildStateCell, useClusterColumn, useReaders } from './image-cells.tsx'
import styles from './images.module.css'

export function BuildsSection({ rows, ask }: { rows: readonly BuildRow[]; ask: Ask }): ReactNode {
  const cluster = useClusterColumn<BuildRow>((row) => row.cluster)
  const t = useMessages('catalogue')
  const format = useFormat()
  const readers = useReaders()
  const build = (
    <Button icon="add" onClick={() => ask({ kind: 'build' })}>
      {t('builds.new')}
    </Button>
  )
  return (
    <Section title={t('builds.title')} actions={rows.length === 0 ? undefined : build}>
      {rows.length === 0 ? (
        <Empty icon="template" title={t('builds.none')} action={build}>
          {t('builds.noneText')}
        </Empty>
      ) : (
        <Table
          label={t('builds.title')}
          items={rows}
          keyOf={({ key }) => key}
          columns={buildColumns({ t, format, readers, ask, cluster })}
        />
      )}
    </Section>
  )
}

function Actions({ row, ask }: { row: BuildRow; ask: Ask }): ReactNode {
  const t = useMessages('catalogue')
  const items: MenuItem[] = [
    { id: 'again', label: t('builds.again'), icon: 'copy', onSelect: () => ask({ kind: 'build', again: row }) },
    row.over
      ? {
          id: 'forget',
          label: t('builds.forget'),
          icon: 'remove',
          danger: true,
          onSelect: () => ask({ kind: 'forget', row }),
        }
      : {
          id: 'cancel',
          label: t('builds.cancel'),
          icon: 'stop',
          danger: true,
          reason: row.cancelling ? t('builds.cancelling') : undefined,
          onSelect: () => ask({ kind: 'cancel', row }),
        },
  ]
  return (
    <span className={styles['actions']}>
      <Button kind="quiet" icon="console" onClick={() => ask({ kind: 'log', row })}>
        {t('builds.log')}
      </Button>
      <Menu groups={[{ items }]} label={t('images.actionsOf', { name: row.name })} align="end">
        <IconButton icon="more" label={t('images.actionsOf', { name: row.name })} />
      </Menu>
    </span>
  )
}

function buildColumns({
  t,
  format,
  readers,
  ask,
  cluster,
}: {
  t: TFunction
  format: Format
  readers: (namespace: string) => string
  ask: Ask
  cluster: readonly TableColumn<BuildRow>[]
}): TableColumn<BuildRow>[] {
  return [
    { id: 'image', title: t('image'), cell: ({ image }) => image },
    ...cluster,
    { id: 'state', title: t('images.state'), cell: (row) => <BuildStateCell row={row} /> },
    { id: 'readers', title: t('images.readers'), cell: ({ target }) => readers(target) },
    {
      id: 'age',
      title: t('images.age'),
      cell: ({ created }) => <span title={format.time(created)}>{format.relative(created)}</span>,
    },
    {
      id: 'took',
      title: t('builds.took'),
      cell: ({ created, finished }) => (finished === undefined ? '–' : format.duration(finished - created)),
    },
    { id: 'actions', title: t('images.actions'), align: 'end', cell: (row) => <Actions row={row} ask={ask} /> },
  ]
}
