/** Disks of a machine: what they are, how they are connected; attach and detach while it runs; discs in and out; snapshots. */

import type { TFunction } from 'i18next'
import { useMutation } from '@tanstack/react-query'
import { lazy, Suspense, useState } from 'react'
import { moveSaid, movingTo, type VolumeRow } from '@berth/view'
import { parseQuantity, quantityToNumber } from '@berth/meta'
import { useCapabilities } from '../../../backend/index.ts'
import { useFormat, useMessages, type Format } from '../../../i18n/index.ts'
import { useSetSearch } from '../../../routes/navigation.tsx'
import { machineTabPath } from '../../../routes/paths.ts'
import {
  Button,
  Buttons,
  ConfirmDialog,
  Empty,
  IconButton,
  Menu,
  Notice,
  Problem,
  ProgressBar,
  Section,
  Stack,
  Table,
  showToast,
  type TableColumn,
} from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import { AttachDialog } from './attach-dialog.tsx'
import { cancelMove, detachDisk, removeDisk, setDisc } from './disk-calls.ts'
import { diskRows, type DiskRow } from './disk-rows.ts'
import { InsertDialog } from './insert-dialog.tsx'
import { MachineStorageButtons, MachineStorageDialogs } from './machine-dialogs.tsx'
import { SnapshotTree } from './snapshot-tree.tsx'
import { useVolumesOf } from './use-volumes.ts'
import { capacityOf, useClaims, type Claim } from './use-claims.ts'
import styles from './disks.module.css'

const ExpandDialog = lazy(async () => ({
  default: (await import('../../storage/dialogs/expand-dialog.tsx')).ExpandDialog,
}))

const MoveDialog = lazy(async () => ({ default: (await import('./move-dialog.tsx')).MoveDialog }))

type Open =
  | { kind: 'attach' }
  | { kind: 'detach' | 'insert' | 'eject'; disk: DiskRow }
  | { kind: 'expand'; volume: VolumeRow }
  | { kind: 'move'; disk: DiskRow; volume: VolumeRow }
  | { kind: 'cancel-move'; disk: DiskRow }

export function DisksTab({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const [open, setOpen] = useState<Open>()
  const claims = useClaims(live.target)
  const volumes = useVolumesOf(live.target)
  const rows = diskRows(live.machine, live.running ? live.instance : undefined)
  const gates = useCapabilities(live.target.cluster, live.target.namespace).data?.gates
  const reason = attachReason(live, gates)
  const close = (): void => setOpen(undefined)
  return (
    <Stack gap={4}>
      <Section
        title={t('disks.title')}
        actions={
          <Buttons>
            <Button
              icon="add"
              reason={reason === undefined ? live.mayAttach : t(reason)}
              onClick={() => setOpen({ kind: 'attach' })}
            >
              {t('disks.attach')}
            </Button>
            {!live.standalone && (
              <Button icon="settings" href={machineTabPath({ ...live.target, tab: 'configure' }, { section: 'disks' })}>
                {t('disks.configure')}
              </Button>
            )}
          </Buttons>
        }
      >
        {claims.error !== null && <Problem title={t('disks.claimsFailed')} error={claims.error} />}
        {rows.length === 0 ? (
          <Empty icon="disk" title={t('disks.none')} />
        ) : (
          <DiskTable rows={rows} live={live} claims={claims.data ?? []} volumes={volumes} onOpen={setOpen} />
        )}
      </Section>
      <Section title={t('snapshots.title')} actions={<MachineStorageButtons live={live} />}>
        <SnapshotTree live={live} />
      </Section>
      <MachineStorageDialogs live={live} />
      {open?.kind === 'expand' && (
        <Suspense>
          <ExpandDialog {...open.volume} onClose={close} />
        </Suspense>
      )}
      {open?.kind === 'move' && (
        <Suspense>
          <MoveDialog live={live} disk={open.disk.name} volume={open.volume} onClose={close} />
        </Suspense>
      )}
      {open?.kind === 'cancel-move' && <CancelMove live={live} disk={open.disk} onClose={close} />}
      {open?.kind === 'attach' && <AttachDialog live={live} claims={claims.data ?? []} onClose={close} />}
      {open?.kind === 'insert' && (
        <InsertDialog
          live={live}
          drive={open.disk.name}
          claims={(claims.data ?? []).filter(({ metadata }) => !rows.some(({ claim }) => claim === metadata.name))}
          onClose={close}
        />
      )}
      {(open?.kind === 'detach' || open?.kind === 'eject') && <TakeOut live={live} disk={open.disk} onClose={close} />}
    </Stack>
  )
}

/** A key of the words that say why no disk can be attached now. */
function attachReason(
  { running, standalone, machine }: LiveMachine,
  gates: readonly string[] | undefined,
): string | undefined {
  if (machine.metadata.deletionTimestamp !== undefined) return 'disks.deleting'
  if (standalone && gates !== undefined && !gates.includes('HotplugVolumes'))
    return running ? undefined : 'disks.notRunning'
  return undefined
}

interface TableParts {
  rows: readonly DiskRow[]
  live: LiveMachine
  claims: readonly Claim[]
  volumes: ReadonlyMap<string, VolumeRow>
  onOpen: (open: Open) => void
}

function DiskTable({ rows, live, claims, volumes, onOpen }: TableParts) {
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

function DiskMenu({
  disk,
  volume,
  live,
  onOpen,
}: {
  disk: DiskRow
  volume: VolumeRow | undefined
  live: LiveMachine
  onOpen: (open: Open) => void
}) {
  const t = useMessages('machine')
  const drive = disk.device === 'cdrom'
  const setSearch = useSetSearch()
  const full = disk.source !== undefined
  const noEdit = live.standalone ? t('disks.standalone') : undefined
  return (
    <Menu
      label={t('disks.menu', { name: disk.name })}
      align="end"
      groups={[
        {
          items: drive
            ? [
                {
                  id: 'insert',
                  label: t(full ? 'disks.change' : 'disks.insert'),
                  reason: noEdit,
                  onSelect: () => onOpen({ kind: 'insert', disk }),
                },
                {
                  id: 'eject',
                  label: t('disks.eject'),
                  reason:
                    noEdit ??
                    (!full ? t('disks.empty') : live.running && !disk.removable ? t('disks.fixed') : undefined),
                  onSelect: () => onOpen({ kind: 'eject', disk }),
                },
              ]
            : [],
        },
        {
          items: [
            ...(disk.claim === undefined || drive || disk.device === 'dump'
              ? []
              : [
                  {
                    id: 'expand',
                    label: t('disks.expand'),
                    icon: 'expand' as const,
                    reason:
                      volume === undefined || volume.status !== 'Bound'
                        ? t('disks.notReady')
                        : volume.expandable === false
                          ? t('disks.notExpandable', { class: volume.class ?? '' })
                          : undefined,
                    onSelect: () => volume !== undefined && onOpen({ kind: 'expand', volume }),
                  },
                  goingTo(live, disk) === undefined
                    ? {
                        id: 'move',
                        label: t('disks.move'),
                        icon: 'migrate' as const,
                        reason: moveReason(live, disk, volume, t),
                        onSelect: () => volume !== undefined && onOpen({ kind: 'move', disk, volume }),
                      }
                    : {
                        id: 'cancel-move',
                        label: t('disks.cancelMove'),
                        icon: 'undo' as const,
                        onSelect: () => onOpen({ kind: 'cancel-move', disk }),
                      },
                ]),
            ...(disk.device === 'dump'
              ? [
                  {
                    id: 'dump',
                    label: t('disks.openDump'),
                    icon: 'memory' as const,
                    onSelect: () => setSearch({ open: 'memory-dump' }),
                  },
                ]
              : [
                  {
                    id: 'detach',
                    label: t('disks.detach'),
                    icon: 'remove' as const,
                    danger: true,
                    reason: live.standalone && !disk.removable ? t('disks.fixed') : undefined,
                    onSelect: () => onOpen({ kind: 'detach', disk }),
                  },
                ]),
          ],
        },
      ]}
    >
      <IconButton icon="more" label={t('disks.menu', { name: disk.name })} aria-haspopup="menu" />
    </Menu>
  )
}

/** The claim that the machine is to go over to, while it has not. */
function goingTo({ machine, running, instance }: LiveMachine, { name }: DiskRow): string | undefined {
  return running && instance !== undefined ? movingTo(machine, instance, name)?.to : undefined
}

function moveReason(live: LiveMachine, disk: DiskRow, volume: VolumeRow | undefined, t: TFunction): string | undefined {
  if (live.standalone) return t('disks.standalone')
  if (disk.ofRun) return t('disks.ofRun')
  return volume === undefined || volume.status !== 'Bound' ? t('disks.notReady') : live.mayChange
}

/** What the server says of it while it moves. */
function MoveState({ live, disk }: { live: LiveMachine; disk: DiskRow }) {
  const t = useMessages('machine')
  const to = goingTo(live, disk)
  if (to === undefined) return null
  const said = moveSaid(live.instance)
  const share = /(\d+) ?%/.exec(said?.message ?? '')?.[1]
  return (
    <span className={styles['note']}>
      {t('disks.moving', { claim: to })}{' '}
      {share !== undefined && (
        <span className={styles['progress']}>
          <ProgressBar value={Number(share) / 100} label={t('disks.moving', { claim: to })} />
        </span>
      )}{' '}
      {said?.message}
    </span>
  )
}

function CancelMove({ live, disk, onClose }: { live: LiveMachine; disk: DiskRow; onClose: () => void }) {
  const t = useMessages('machine')
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => cancelMove(live, { volume: disk.name, claim: disk.claim ?? '' }),
    onSuccess: onClose,
  })
  return (
    <ConfirmDialog
      title={t('disks.cancelMoveTitle', { name: disk.name })}
      confirm={t('disks.cancelMove')}
      busy={isPending}
      onConfirm={() => mutate()}
      onClose={onClose}
    >
      <Stack>
        <p>{t('disks.cancelMoveText', { claim: disk.claim ?? '' })}</p>
        {error !== null && <Problem title={t('disks.failed')} error={error} />}
      </Stack>
    </ConfirmDialog>
  )
}

/** How far the machine is with it, and the storage below it. */
function DiskState({ disk, volume }: { disk: DiskRow; volume: VolumeRow | undefined }) {
  const words = useMessages('storage')
  const format = useFormat()
  const { phase, message } = disk
  return (
    <>
      {phase === undefined || phase === '' ? null : <span title={message}>{phase}</span>}
      {volume !== undefined && volume.status !== 'Bound' && (
        <span className={styles['note']}>
          {words(`status.${volume.status}`, { defaultValue: volume.status })}
          {volume.progress !== undefined && (
            <>
              {' '}
              <span className={styles['progress']}>
                <ProgressBar value={volume.progress} label={words('progressOf', { name: volume.name })} />
              </span>{' '}
              {format.percent(volume.progress)}
            </>
          )}
        </span>
      )}
      {volume?.growingTo !== undefined && <span className={styles['note']}>→ {format.bytes(volume.growingTo)}</span>}
      {volume?.reason !== undefined && <span className={styles['note']}>{volume.reason}</span>}
      {(phase === undefined || phase === '') && (volume === undefined || volume.status === 'Bound') && '–'}
    </>
  )
}

function TakeOut({ live, disk, onClose }: { live: LiveMachine; disk: DiskRow; onClose: () => void }) {
  const t = useMessages('machine')
  const eject = disk.device === 'cdrom' && disk.source !== undefined
  const atOnce = disk.removable && live.running
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      if (eject) return setDisc(live, disk.name, undefined)
      return disk.removable ? detachDisk(live, disk.name) : removeDisk(live, disk.name)
    },
    onSuccess() {
      showToast({ text: t(eject ? 'disks.ejected' : 'disks.detached', { name: disk.name }), tone: 'success' })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={t(eject ? 'disks.ejectTitle' : 'disks.detachTitle', { name: disk.name })}
      confirm={t(eject ? 'disks.eject' : 'disks.detach')}
      danger={!eject}
      busy={isPending}
      onConfirm={() => mutate()}
      onClose={onClose}
    >
      <Stack>
        <p>{t(disk.claim === undefined ? 'disks.detachGoes' : 'disks.detachStays', { claim: disk.claim })}</p>
        {live.running && !eject && (
          <Notice tone="attention">{t(atOnce ? 'disks.detachLive' : 'disks.detachLater')}</Notice>
        )}
        {error !== null && <Problem title={t('disks.failed')} error={error} />}
      </Stack>
    </ConfirmDialog>
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
