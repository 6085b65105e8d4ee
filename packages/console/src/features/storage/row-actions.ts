/** What can be done with a row of storage: each opens a dialog that says first what will happen. What is not possible stays and says why. */

import type { TFunction } from 'i18next'
import type { PolicyRow, SnapshotRow, StorageRow, VolumeRow } from '@berth/view'
import type { MenuItem } from '../../ui/index.ts'

export interface MenuGroup {
  items: MenuItem[]
}

export type Asked =
  | { kind: 'new-disk' }
  | { kind: 'new-policy' }
  | { kind: 'copy'; row: VolumeRow }
  | { kind: 'expand'; row: VolumeRow }
  | { kind: 'retry'; row: VolumeRow }
  | {
      kind: 'export'
      source: { kind: 'PersistentVolumeClaim' | 'VirtualMachineSnapshot' | 'VirtualMachine'; name: string }
      cluster: string
      namespace: string
    }
  | { kind: 'restore'; row: SnapshotRow }
  | { kind: 'clone-snapshot'; row: SnapshotRow }
  | { kind: 'edit-policy'; row: PolicyRow }
  | { kind: 'suspend'; row: PolicyRow }
  | { kind: 'delete'; rows: readonly (VolumeRow | SnapshotRow | PolicyRow)[] }

type Ask = (asked: Asked) => void

/** States of a volume that is being filled. */
const underWay = /Import|Clone|Upload|Prep|Transfer|Rebind|Populat|Pending/

export function rowActions(row: StorageRow, t: TFunction, ask: Ask): MenuGroup[] {
  const deleting = row.deleting ? t('why.deleting') : undefined
  switch (row.table) {
    case 'volumes':
      return volumeActions(row, t, ask, deleting)
    case 'snapshots':
      return snapshotActions(row, t, ask, deleting)
    case 'policies':
      return policyActions(row, t, ask, deleting)
    case 'classes':
      return [
        { items: [{ id: 'new', label: t('action.newDisk'), icon: 'add', onSelect: () => ask({ kind: 'new-disk' }) }] },
      ]
  }
}

function volumeActions(row: VolumeRow, t: TFunction, ask: Ask, deleting: string | undefined): MenuGroup[] {
  const bound = row.status === 'Bound' ? undefined : t('why.notReady')
  const working = row.dataVolume && row.status !== 'Bound' && underWay.test(row.status)
  const failed = row.tone === 'attention' && row.dataVolume && row.status !== 'Bound'
  const runs = row.users.find(({ running }) => running)
  return [
    {
      items: [
        {
          id: 'expand',
          label: t('action.expand'),
          icon: 'expand',
          reason:
            deleting ??
            bound ??
            (row.expandable === false ? t('why.notExpandable', { class: row.class ?? '' }) : undefined),
          onSelect: () => ask({ kind: 'expand', row }),
        },
        {
          id: 'copy',
          label: t('action.copy'),
          icon: 'copy',
          reason: deleting ?? bound,
          onSelect: () => ask({ kind: 'copy', row }),
        },
        {
          id: 'export',
          label: t('action.export'),
          icon: 'download',
          reason: deleting ?? bound ?? (runs === undefined ? undefined : t('why.inUse', { name: runs.name })),
          onSelect: () =>
            ask({
              kind: 'export',
              source: { kind: 'PersistentVolumeClaim', name: row.name },
              cluster: row.cluster,
              namespace: row.namespace,
            }),
        },
        ...(failed
          ? [
              {
                id: 'retry',
                label: t('action.retry'),
                icon: 'restart' as const,
                reason: deleting,
                onSelect: () => ask({ kind: 'retry', row }),
              },
            ]
          : []),
      ],
    },
    {
      items: [
        {
          id: 'delete',
          label: t(working ? 'action.cancel' : 'action.delete'),
          icon: 'remove',
          danger: true,
          reason: deleting,
          onSelect: () => ask({ kind: 'delete', rows: [row] }),
        },
      ],
    },
  ]
}

function snapshotActions(row: SnapshotRow, t: TFunction, ask: Ask, deleting: string | undefined): MenuGroup[] {
  const ready = row.ready ? undefined : t('why.snapshotNotReady')
  const { cluster, namespace, name } = row
  return [
    {
      items: [
        {
          id: 'restore',
          label: t('action.restore'),
          icon: 'undo',
          reason: deleting ?? ready,
          onSelect: () => ask({ kind: 'restore', row }),
        },
        {
          id: 'clone',
          label: t('action.cloneSnapshot'),
          icon: 'copy',
          reason: deleting ?? ready,
          onSelect: () => ask({ kind: 'clone-snapshot', row }),
        },
        {
          id: 'export',
          label: t('action.export'),
          icon: 'download',
          reason: deleting ?? ready,
          onSelect: () => ask({ kind: 'export', source: { kind: 'VirtualMachineSnapshot', name }, cluster, namespace }),
        },
      ],
    },
    {
      items: [
        {
          id: 'delete',
          label: t('action.delete'),
          icon: 'remove',
          danger: true,
          reason: deleting,
          onSelect: () => ask({ kind: 'delete', rows: [row] }),
        },
      ],
    },
  ]
}

function policyActions(row: PolicyRow, t: TFunction, ask: Ask, deleting: string | undefined): MenuGroup[] {
  return [
    {
      items: [
        {
          id: 'edit',
          label: t('action.edit'),
          icon: 'edit',
          reason: deleting,
          onSelect: () => ask({ kind: 'edit-policy', row }),
        },
        {
          id: 'suspend',
          label: t(row.suspended ? 'action.resume' : 'action.suspend'),
          icon: row.suspended ? 'play' : 'pause',
          reason: deleting,
          onSelect: () => ask({ kind: 'suspend', row }),
        },
      ],
    },
    {
      items: [
        {
          id: 'delete',
          label: t('action.delete'),
          icon: 'remove',
          danger: true,
          reason: deleting,
          onSelect: () => ask({ kind: 'delete', rows: [row] }),
        },
      ],
    },
  ]
}
