/** Images with their versions under them, one line each. */

import type { TFunction } from 'i18next'
import { useState, type ReactNode } from 'react'
import type { BuildRow, ImageGroup, ImageRow } from '@berth/view'
import { useFormat, useMessages, type Format } from '../../../i18n/index.ts'
import { useSetSearch } from '../../../routes/navigation.tsx'
import { Button, IconButton, Menu, Table, type TableColumn } from '../../../ui/index.ts'
import type { Ask } from './asked.ts'
import { ImageStateCell, OriginCell, useClusterColumn, useReaders } from './image-cells.tsx'
import { groupMenu, machineFrom, versionMenu } from './image-menu.ts'
import styles from './images.module.css'

/** A line: the image, or one of its versions. */
interface Line {
  group: ImageGroup
  row: ImageRow
  /** What the line says of state, size and use: of an image its newest version. */
  of: ImageRow
  isVersion: boolean
}

export interface ImageTableProps {
  groups: readonly ImageGroup[]
  builds: readonly BuildRow[]
  /** Retired versions are shown, too. */
  retired: boolean
  ask: Ask
}

export function ImageTable({ groups, builds, retired, ask }: ImageTableProps): ReactNode {
  const t = useMessages('catalogue')
  const format = useFormat()
  const readers = useReaders()
  const cluster = useClusterColumn<Line>(({ row }) => row.cluster)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const toggle = (key: string): void => {
    const next = new Set(open)
    if (!next.delete(key)) next.add(key)
    setOpen(next)
  }
  const shownVersions = ({ versions }: ImageGroup): ImageRow[] =>
    versions.filter((row) => retired || !row.retired || row.current)
  const lines = groups.flatMap((group): Line[] => {
    const { head } = group
    const of = group.versions.find(({ current }) => current) ?? head
    const versions = open.has(group.key) ? shownVersions(group) : []
    return [
      { group, row: head, of: head.state === 'missing' ? head : of, isVersion: false },
      ...versions.map((row) => ({ group, row, of: row, isVersion: true })),
    ]
  })
  const [name, ...rest] = lineColumns({ t, format, readers, open, toggle, shownVersions, builds, ask })
  return (
    <Table
      label={t('images.title')}
      items={lines}
      keyOf={({ row, isVersion }) => `${row.key}${isVersion ? '' : '/'}`}
      columns={name === undefined ? rest : [name, ...cluster, ...rest]}
    />
  )
}

interface ColumnTools {
  t: TFunction
  format: Format
  readers: (namespace: string) => string
  open: ReadonlySet<string>
  toggle: (key: string) => void
  shownVersions: (group: ImageGroup) => ImageRow[]
  builds: readonly BuildRow[]
  ask: Ask
}

function lineColumns(tools: ColumnTools): TableColumn<Line>[] {
  const { t, format, readers, open, toggle, shownVersions, builds, ask } = tools
  return [
    {
      id: 'name',
      title: t('image'),
      cell: (line) => (
        <NameCell
          line={line}
          open={open.has(line.group.key)}
          versions={shownVersions(line.group).length}
          onToggle={() => toggle(line.group.key)}
        />
      ),
    },
    { id: 'version', title: t('images.version'), cell: (line) => <VersionCell line={line} /> },
    { id: 'state', title: t('images.state'), cell: ({ of }) => <ImageStateCell row={of} /> },
    {
      id: 'size',
      title: t('images.size'),
      align: 'end',
      cell: ({ of }) => (of.size === undefined ? '–' : format.bytes(of.size)),
    },
    { id: 'from', title: t('images.from'), cell: ({ of }) => <OriginCell origin={of.origin} /> },
    { id: 'readers', title: t('images.readers'), cell: ({ row }) => readers(row.namespace) },
    { id: 'use', title: t('images.usedBy'), cell: (line) => <UseCell line={line} /> },
    {
      id: 'age',
      title: t('images.age'),
      cell: ({ of }) => <span title={format.time(of.created)}>{format.relative(of.created)}</span>,
    },
    {
      id: 'actions',
      title: t('images.actions'),
      align: 'end',
      cell: (line) => <Actions line={line} builds={builds} ask={ask} />,
    },
  ]
}

function NameCell({
  line: { group, row, isVersion },
  open,
  versions,
  onToggle,
}: {
  line: Line
  open: boolean
  versions: number
  onToggle: () => void
}): ReactNode {
  const t = useMessages('catalogue')
  const setSearch = useSetSearch()
  return (
    <span className={`${styles['name'] ?? ''} ${isVersion ? (styles['version'] ?? '') : ''}`}>
      {!isVersion && versions > 0 && (
        <IconButton
          icon={open ? 'down' : 'next'}
          label={t(open ? 'images.hideVersions' : 'images.showVersions', { name: group.image })}
          aria-expanded={open}
          onClick={onToggle}
        />
      )}
      <span>
        <button
          type="button"
          className={`${styles['link'] ?? ''} ${isVersion ? (styles['plain'] ?? '') : ''}`}
          onClick={() => setSearch({ image: row.key }, { push: true })}
        >
          {row.name}
        </button>
        {!isVersion && row.description !== undefined && <span className={styles['muted']}>{row.description}</span>}
      </span>
    </span>
  )
}

function VersionCell({ line: { group, row, isVersion } }: { line: Line }): ReactNode {
  const t = useMessages('catalogue')
  const newest = group.versions.find(({ current }) => current)
  const words = isVersion
    ? [`v${String(row.version)}`, ...(row.current ? [t('images.newest')] : [])]
    : [newest === undefined ? '–' : `v${String(newest.version)}`]
  const retired =
    isVersion || group.versions.length === 0 ? row.retired : row.retired && group.versions.every((each) => each.retired)
  return [...words, ...(retired ? [t('images.retired')] : [])].join(' · ')
}

/** Of an image all that its versions are used by. */
function UseCell({ line: { group, row, isVersion } }: { line: Line }): ReactNode {
  const t = useMessages('catalogue')
  const setSearch = useSetSearch()
  const of = isVersion ? [row] : [row, ...group.versions.filter(({ key }) => key !== row.key)]
  const count = of.reduce((sum, { userCount }) => sum + userCount, 0)
  if (count === 0) return <span className={styles['muted']}>{t('images.unused')}</span>
  return (
    <Button kind="quiet" onClick={() => setSearch({ image: row.key }, { push: true })}>
      {t('images.disks', { count })}
    </Button>
  )
}

function Actions({
  line: { group, row, isVersion },
  builds,
  ask,
}: {
  line: Line
  builds: readonly BuildRow[]
  ask: Ask
}): ReactNode {
  const t = useMessages('catalogue')
  // The newest comes first.
  const build = builds.find(
    ({ cluster, image, target }) => cluster === row.cluster && image === row.image && target === row.namespace,
  )
  const groups = isVersion ? versionMenu(row, group, { t, ask }) : groupMenu(group, { t, ask, build })
  return (
    <span className={styles['actions']}>
      <Button
        icon="add"
        kind="quiet"
        href={machineFrom(row)}
        reason={row.state === 'ready' ? undefined : t('images.notReady')}
      >
        {t('create')}
      </Button>
      <Menu groups={groups} label={t('images.actionsOf', { name: row.name })} align="end">
        <IconButton icon="more" label={t('images.actionsOf', { name: row.name })} />
      </Menu>
    </span>
  )
}
