/** What can be done with one disk of a machine, with the reason where it cannot be. */

import type { TFunction } from 'i18next'
import type { VolumeRow } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { useSetSearch } from '../../../routes/navigation.tsx'
import { IconButton, Menu } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import type { DiskRow } from './disk-rows.ts'
import { goingTo } from './going-to.ts'

/** What is asked for beside the list. */
export type OpenDialog =
  | { kind: 'attach' }
  | { kind: 'detach' | 'insert' | 'eject'; disk: DiskRow }
  | { kind: 'expand'; volume: VolumeRow }
  | { kind: 'move'; disk: DiskRow; volume: VolumeRow }
  | { kind: 'cancel-move'; disk: DiskRow }

export function DiskMenu({
  disk,
  volume,
  live,
  onOpen,
}: {
  disk: DiskRow
  volume: VolumeRow | undefined
  live: LiveMachine
  onOpen: (open: OpenDialog) => void
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

function moveReason(live: LiveMachine, disk: DiskRow, volume: VolumeRow | undefined, t: TFunction): string | undefined {
  if (live.standalone) return t('disks.standalone')
  if (disk.ofRun) return t('disks.ofRun')
  return volume === undefined || volume.status !== 'Bound' ? t('disks.notReady') : live.mayChange
}
