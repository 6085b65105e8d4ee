/** A question over the page. The focus stays in it and goes back to where it was; Escape closes it. */

import { Modal } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ReactNode } from 'react'
import { Button, type ButtonProps } from './button.tsx'
import styles from './dialog.module.css'

export interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  /** Buttons at its end, beside Cancel. */
  actions?: ReactNode
  size?: 'small' | 'medium' | 'large' | 'full'
  /** Word of the button that closes it; `Cancel` unless said. */
  closeWord?: string
}

const widths = { small: '26rem', medium: '38rem', large: '58rem', full: '100rem' }

export function Dialog({ title, onClose, children, actions, size = 'medium', closeWord }: DialogProps) {
  const { t } = useTranslation('ui')
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={widths[size]}
      closeButtonProps={{ 'aria-label': t('close') }}
      classNames={{
        content: styles['content'] ?? '',
        header: styles['header'] ?? '',
        title: styles['title'] ?? '',
        body: styles['body'] ?? '',
        overlay: styles['overlay'] ?? '',
      }}
    >
      <div className={styles['main']}>{children}</div>
      <div className={styles['actions']}>
        <Button onClick={onClose}>{closeWord ?? t('cancel')}</Button>
        {actions}
      </div>
    </Modal>
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
