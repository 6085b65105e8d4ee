/** What is made of a whole machine: a snapshot, a clone, an export, its memory, a schedule. The dialog that is open stands in the URL as `open`. */

import { lazy, Suspense, useState, type ReactNode } from 'react'
import { useCapabilities } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { useSearch, useSetSearch } from '../../../routes/navigation.tsx'
import { Button, Buttons, IconButton, Menu, type MenuItem } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'

const SnapshotDialog = lazy(async () => ({
  default: (await import('../../storage/dialogs/snapshot-dialog.tsx')).SnapshotDialog,
}))
const CloneDialog = lazy(async () => ({
  default: (await import('../../storage/dialogs/clone-dialog.tsx')).CloneDialog,
}))
const ExportDialog = lazy(async () => ({
  default: (await import('../../storage/dialogs/export-dialog.tsx')).ExportDialog,
}))
const MemoryDumpDialog = lazy(async () => ({
  default: (await import('../../storage/dialogs/memory-dump-dialog.tsx')).MemoryDumpDialog,
}))
const PolicyDialog = lazy(async () => ({
  default: (await import('../../storage/dialogs/policy-dialog.tsx')).PolicyDialog,
}))

const groups = {
  snapshot: 'snapshot.kubevirt.io',
  clone: 'clone.kubevirt.io',
  export: 'export.kubevirt.io',
  schedule: 'berth.dev',
} as const

/** Buttons for them; what the cluster has not says so. */
export function MachineStorageButtons({ live }: { live: LiveMachine }): ReactNode {
  const t = useMessages('machine')
  const setSearch = useSetSearch()
  const { cluster, namespace } = live.target
  const resources = useCapabilities(cluster, namespace).data?.resources
  const rights = useCapabilities(cluster, namespace).data?.rights
  const open = (what: string): void => setSearch({ open: what })
  const reason = (what: keyof typeof groups): string | undefined => {
    if (live.standalone) return t('disks.standalone')
    const group = groups[what]
    if (resources !== undefined && !Object.keys(resources).some((version) => version.startsWith(`${group}/`))) {
      return t('snapshots.noGroup', { group })
    }
    if (what !== 'schedule') return live.refused[what]
    const may = rights?.['snapshotpolicies.berth.dev/create']
    return typeof may === 'string' ? may : undefined
  }
  const dump = rights?.['virtualmachines/memorydump.subresources.kubevirt.io/update']
  const items: MenuItem[] = [
    {
      id: 'export',
      label: t('actions:action.export'),
      icon: 'download',
      reason: reason('export'),
      onSelect: () => open('export'),
    },
    {
      id: 'schedule',
      label: t('snapshots.schedule'),
      icon: 'clock',
      reason: reason('schedule'),
      onSelect: () => open('schedule'),
    },
    {
      id: 'memory-dump',
      label: t('snapshots.memoryDump'),
      icon: 'memory',
      reason: live.standalone ? t('disks.standalone') : typeof dump === 'string' ? dump : undefined,
      onSelect: () => open('memory-dump'),
    },
  ]
  return (
    <Buttons>
      <Button icon="save" reason={reason('snapshot')} onClick={() => open('snapshot')}>
        {t('actions:action.snapshot')}
      </Button>
      <Button icon="copy" reason={reason('clone')} onClick={() => open('clone')}>
        {t('actions:action.clone')}
      </Button>
      <Menu label={t('actions:more')} align="end" groups={[{ items }]}>
        <IconButton icon="more" label={t('snapshots.menu')} kind="default" aria-haspopup="menu" />
      </Menu>
    </Buttons>
  )
}

export function MachineStorageDialogs({ live }: { live: LiveMachine }): ReactNode {
  const { open } = useSearch()
  const setSearch = useSetSearch()
  if (live.standalone || open === undefined) return null
  return (
    <Suspense>
      <OpenDialog live={live} open={open} onClose={() => setSearch({ open: undefined })} />
    </Suspense>
  )
}

function OpenDialog({ live, open, onClose }: { live: LiveMachine; open: string; onClose: () => void }): ReactNode {
  const { target, machine, instance, running } = live
  const [dumped, setDumped] = useState<string>()
  const source = { kind: 'VirtualMachine' as const, name: target.name }
  switch (open) {
    case 'snapshot':
      return <SnapshotDialog {...target} machine={machine} instance={instance} running={running} onClose={onClose} />
    case 'clone':
      return <CloneDialog {...target} source={source} onClose={onClose} />
    case 'export':
      return <ExportDialog {...target} source={source} running={running} onClose={onClose} />
    case 'memory-dump': {
      const memory = instance?.status?.memory?.guestCurrent ?? instance?.spec.domain.memory?.guest
      if (dumped !== undefined)
        return <ExportDialog {...target} source={{ kind: 'PersistentVolumeClaim', name: dumped }} onClose={onClose} />
      return (
        <MemoryDumpDialog
          {...target}
          machine={machine}
          running={running}
          memory={memory}
          onClose={onClose}
          onDownload={setDumped}
        />
      )
    }
    case 'schedule':
      return <PolicyDialog place={target} labels={machine.metadata.labels ?? {}} onClose={onClose} />
    default:
      return null
  }
}
