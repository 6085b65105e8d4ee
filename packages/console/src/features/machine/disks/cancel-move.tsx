/** Asked before a disk on its way to another class stays where it is. */

import { useMutation } from '@tanstack/react-query'
import { useMessages } from '../../../i18n/index.ts'
import { ConfirmDialog, Problem, Stack } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import { cancelMove } from './disk-calls.ts'
import type { DiskRow } from './disk-rows.ts'

export function CancelMove({ live, disk, onClose }: { live: LiveMachine; disk: DiskRow; onClose: () => void }) {
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
