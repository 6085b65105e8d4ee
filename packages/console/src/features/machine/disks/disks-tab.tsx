/** Disks of a machine: what they are, how they are connected; attach and detach while it runs; discs in and out; snapshots. */

import { lazy, Suspense, useState } from 'react'
import { useCapabilities } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { machineTabPath } from '../../../routes/paths.ts'
import { Button, Buttons, Empty, Problem, Section, Stack } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import { AttachDialog } from './attach-dialog.tsx'
import { CancelMove } from './cancel-move.tsx'
import type { OpenDialog } from './disk-menu.tsx'
import { diskRows } from './disk-rows.ts'
import { DiskTable } from './disk-table.tsx'
import { InsertDialog } from './insert-dialog.tsx'
import { MachineStorageButtons, MachineStorageDialogs } from './machine-dialogs.tsx'
import { SnapshotTree } from './snapshot-tree.tsx'
import { TakeOut } from './take-out.tsx'
import { useVolumesOf } from './use-volumes.ts'
import { useClaims } from './use-claims.ts'

const ExpandDialog = lazy(async () => ({
  default: (await import('../../storage/dialogs/expand-dialog.tsx')).ExpandDialog,
}))

const MoveDialog = lazy(async () => ({ default: (await import('./move-dialog.tsx')).MoveDialog }))

export function DisksTab({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const [open, setOpen] = useState<OpenDialog>()
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
