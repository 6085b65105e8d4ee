/** A question over the page. The focus stays in it and goes back to where it was; Escape closes it. */

import { lazy, Suspense, type ReactNode } from 'react'
import { Button, type ButtonProps } from './button.tsx'
import type { DialogProps } from './dialog-props.ts'

const DialogFrame = lazy(async () => ({ default: (await import('./dialog-frame.tsx')).DialogFrame }))

export function Dialog(props: DialogProps) {
  return (
    <Suspense fallback={null}>
      <DialogFrame {...props} />
    </Suspense>
  )
}

export interface ConfirmProps {
  title: string
  children: ReactNode
  /** A verb and what it is done to: `Delete 3 VMs`. */
  confirm: string
  danger?: boolean
  busy?: boolean
  reason?: string
  onConfirm: () => void
  onClose: () => void
}

/** Asks before something is done, and says in its children what will happen. */
export function ConfirmDialog({
  title,
  children,
  confirm,
  danger = false,
  busy,
  reason,
  onConfirm,
  onClose,
}: ConfirmProps) {
  const button: Omit<ButtonProps, 'children'> = { kind: danger ? 'danger' : 'primary', onClick: onConfirm, reason }
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <Button {...button} busy={busy ?? false}>
          {confirm}
        </Button>
      }
    >
      {children}
    </Dialog>
  )
}
