/** What is said over a console that is not connected, and what can be done about it. */

import { useMessages } from '../../i18n/index.ts'
import { Button, Buttons } from '../../ui/index.ts'
import type { Attachment } from './attachment.ts'
import styles from './consoles.module.css'

export interface OverlayProps {
  attachment: Attachment
  /** Why the machine can't be read, where that is so. */
  refused: string | undefined
  onAgain: (options: { takeOver: boolean }) => void
  onWatch: () => void
}

export function Overlay({ attachment, refused, onAgain, onWatch }: OverlayProps) {
  const t = useMessages('consoles')
  if (attachment.state === 'connected') return null
  const takeOver = (
    <Buttons>
      <Button onClick={onWatch} icon="eye">
        {t('watch')}
      </Button>
      <Button kind="primary" onClick={() => onAgain({ takeOver: true })}>
        {t('takeOver')}
      </Button>
    </Buttons>
  )
  return (
    <div className={styles['over']} role="status">
      <p className={styles['say']}>{refused ?? sentence(attachment)}</p>
      {(attachment.state === 'busy' || attachment.state === 'taken') && takeOver}
      {(attachment.state === 'retrying' || attachment.state === 'refused') && (
        <Button onClick={() => onAgain({ takeOver: false })}>{t('again')}</Button>
      )}
    </div>
  )

  function sentence(now: Exclude<Attachment, { state: 'connected' }>): string {
    switch (now.state) {
      case 'connecting':
        return t('state.connecting')
      case 'busy':
        return now.who === '' ? t('state.busy') : t('state.busyWho', { who: now.who })
      case 'taken':
        return t('state.taken')
      case 'waiting':
        return t('state.waiting')
      case 'retrying':
        return now.message === '' ? t('state.retrying') : t('state.retryingWhy', { why: now.message })
      case 'refused':
        return now.message.includes('forbidden') ? t('state.forbidden') : now.message || t('state.refused')
    }
  }
}
