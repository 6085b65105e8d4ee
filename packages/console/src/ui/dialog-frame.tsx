/** The dialog itself, loaded when the first one is opened. */

import { Modal } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Button } from './button.tsx'
import type { DialogProps } from './dialog-props.ts'
import styles from './dialog.module.css'

const widths = { small: '26rem', medium: '38rem', large: '58rem', full: '100rem' }

export function DialogFrame({ title, onClose, children, actions, size = 'medium', closeWord }: DialogProps) {
  const { t } = useTranslation('ui')
  return (
    <Modal.Root
      opened
      onClose={onClose}
      size={widths[size]}
      classNames={{
        content: styles['content'] ?? '',
        header: styles['header'] ?? '',
        title: styles['title'] ?? '',
        body: styles['body'] ?? '',
        overlay: styles['overlay'] ?? '',
      }}
    >
      <Modal.Overlay />
      <Modal.Content>
        {/* The banner is that of the page. */}
        <Modal.Header role="none">
          <Modal.Title>{title}</Modal.Title>
          <Modal.CloseButton aria-label={t('close')} />
        </Modal.Header>
        <Modal.Body>
          <div className={styles['main']}>{children}</div>
          <div className={styles['actions']}>
            <Button onClick={onClose}>{closeWord ?? t('cancel')}</Button>
            {actions}
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
