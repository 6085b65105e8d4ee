/** Asked before a disk is detached, or a disc taken out. */

import { useMutation } from '@tanstack/react-query'
import { useMessages } from '../../../i18n/index.ts'
import { ConfirmDialog, Notice, Problem, Stack, showToast } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import { detachDisk, removeDisk, setDisc } from './disk-calls.ts'
import type { DiskRow } from './disk-rows.ts'

export function TakeOut({ live, disk, onClose }: { live: LiveMachine; disk: DiskRow; onClose: () => void }) {
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
