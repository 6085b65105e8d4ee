/** A form in a dialog: its fields, the button that does it or says why not yet, and what went wrong. */

import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import type { DialogProps } from './dialog-props.ts'
import { Dialog } from './dialog.tsx'
import { Problem } from './feedback.tsx'
import { Stack } from './page.tsx'

export interface FormDialogProps extends Pick<DialogProps, 'title' | 'size' | 'onClose'> {
  children: ReactNode
  /** What the button does: a verb. */
  confirm: string
  /** What is still missing, or wrong; the first of it. */
  reason: string | undefined
  /** What the button does, as React Query's `useMutation` gives it. */
  work: { isPending: boolean; error: unknown; mutate: () => void }
  /** Title of what went wrong. */
  failed: string
}

export function FormDialog({ title, size, onClose, children, confirm, reason, work, failed }: FormDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <Button kind="primary" reason={reason} busy={work.isPending} onClick={() => work.mutate()}>
          {confirm}
        </Button>
      }
      {...(size === undefined ? {} : { size })}
    >
      <Stack>
        {children}
        {work.error !== null && <Problem title={failed} error={work.error} />}
      </Stack>
    </Dialog>
  )
}
