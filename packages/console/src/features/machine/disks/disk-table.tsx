/** Disks of a machine, a row each. */

import type { TFunction } from 'i18next'
import type { VolumeRow } from '@berth/view'
import { parseQuantity, quantityToNumber } from '@berth/meta'
import { useFormat, useMessages, type Format } from '../../../i18n/index.ts'
import { Table, type TableColumn } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import { DiskMenu, type OpenDialog } from './disk-menu.tsx'
import type { DiskRow } from './disk-rows.ts'
import { DiskState, MoveState } from './disk-state.tsx'
import { capacityOf, type Claim } from './use-claims.ts'
import styles from './disks.module.css'

interface TableParts {
  rows: readonly DiskRow[]
  live: LiveMachine
  claims: readonly Claim[]
  volumes: ReadonlyMap<string, VolumeRow>
  onOpen: (open: OpenDialog) => void
}

export function DiskTable({ rows, live, claims, volumes, onOpen }: TableParts) {
  const t = useMessages('machine')
  const format = useFormat()
  return (
    <Table
      label={t('disks.list')}
      stacks
      items={rows}
      keyOf={({ name }) => name}
      columns={columnsOf(t, format, { live, claims, volumes, onOpen })}
    />
  )
}

/** What the storage says is newest: the claims are asked for now and then only. */
function sizeText(
  { size, claim, source, sourceName }: DiskRow,
  { claims, volumes, format }: Pick<TableParts, 'claims' | 'volumes'> & { format: Format },
): string {
  const known = volumes.get(claim ?? '')?.size ?? size
  if (known !== undefined && known > 0) return format.bytes(known)
  const found = claims.find(({ metadata }) => metadata.name === claim)
  const quantity = found === undefined ? (source === 'emptyDisk' ? sourceName : undefined) : capacityOf(found)
  return quantity === undefined ? '–' : format.bytes(quantityToNumber(parseQuantity(quantity)))
}

function columnsOf(
  t: TFunction,
  format: Format,
  { live, claims, volumes, onOpen }: Pick<TableParts, 'live' | 'claims' | 'volumes' | 'onOpen'>,
): TableColumn<DiskRow>[] {
  return [
    {
      id: 'name',
      title: t('disks.name'),
      cell: ({ name, ofRun }) => (
        <>
          {name}
          {ofRun && <span className={styles['quiet']}> {t('disks.ofRun')}</span>}
        </>
      ),
    },
    { id: 'device', title: t('disks.device'), cell: ({ device }) => t(`disks.kind.${device}`) },
    {
      id: 'source',
      title: t('disks.source'),
      cell: ({ source, sourceName }) =>
        source === undefined ? (
          t('disks.empty')
        ) : (
          <>
            {t(`disks.sourceKind.${source}`, { defaultValue: source })}
            {sourceName !== undefined && <span className={styles['source']}> {sourceName}</span>}
          </>
        ),
    },
    { id: 'size', title: t('disks.size'), align: 'end', cell: (row) => sizeText(row, { claims, volumes, format }) },
    {
      id: 'used',
      title: t('disks.used'),
      align: 'end',
      cell: ({ claim }) => {
        const used = volumes.get(claim ?? '')?.used
        return used === undefined ? '–' : format.bytes(used)
      },
    },
    { id: 'class', title: t('disks.class'), cell: ({ claim }) => volumes.get(claim ?? '')?.class ?? '–' },
    { id: 'bus', title: t('disks.bus'), cell: ({ bus }) => bus ?? '–' },
    {
      id: 'guest',
      title: t('disks.guest'),
      cell: ({ guestDevice }) => (guestDevice === undefined ? '–' : <code>{guestDevice}</code>),
    },
    { id: 'boot', title: t('disks.boot'), align: 'end', cell: ({ bootOrder }) => bootOrder ?? '–' },
    {
      id: 'state',
      title: t('disks.state'),
      cell: (disk) => (
        <>
          <DiskState disk={disk} volume={volumes.get(disk.claim ?? '')} />
          <MoveState live={live} disk={disk} />
        </>
      ),
    },
    {
      id: 'actions',
      title: t('disks.actions'),
      align: 'end',
      cell: (disk) => <DiskMenu disk={disk} volume={volumes.get(disk.claim ?? '')} live={live} onOpen={onOpen} />,
    },
  ]
}
