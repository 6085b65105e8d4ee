/** Says that the line is lost, that what is shown is from before, and lets one try now. */

import { useMessages } from '../i18n/index.ts'
import { useConnectionState, useLiveConnection } from '../live/index.ts'
import { Button, Icon } from '../ui/index.ts'
import styles from './offline-banner.module.css'

export function OfflineBanner() {
  const t = useMessages('app')
  const connection = useLiveConnection()
  const { kind } = useConnectionState()
  return (
    <div role="status" className={styles['region']}>
      {(kind === 'waiting' || kind === 'connecting') && (
        <div className={styles['banner']}>
          <Icon name="alert" />
          <span>{t('offline.text')}</span>
          <Button kind="quiet" onClick={() => connection.reconnect()}>
            {t('offline.now')}
          </Button>
        </div>
      )}
    </div>
  )
}
