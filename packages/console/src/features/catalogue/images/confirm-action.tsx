/** Says what will happen, does it, and says that it is under way; what was refused is told where it was asked for. */

import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useMessages } from '../../../i18n/index.ts'
import { ConfirmDialog, Problem, Stack, showToast } from '../../../ui/index.ts'

export interface ConfirmActionProps {
  title: string
  confirm: string
  /** Told when it was taken. */
  done: string
  reason?: string | undefined
  act: () => Promise<void>
  onClose: () => void
  children: ReactNode
}

export function ConfirmAction({ title, confirm, done, reason, act, onClose, children }: ConfirmActionProps): ReactNode {
  const t = useMessages('catalogue')
  const run = useMutation({
    mutationFn: act,
    onSuccess() {
      showToast({ text: done, tone: 'success' })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={title}
      confirm={confirm}
      danger
      busy={run.isPending}
      onConfirm={() => run.mutate()}
      onClose={onClose}
      {...(reason === undefined ? {} : { reason })}
    >
      <Stack>
        {children}
        {run.error !== null && <Problem title={t('images.notDone')} error={run.error} />}
      </Stack>
    </ConfirmDialog>
  )
}
