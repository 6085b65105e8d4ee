/** What stands where a page cannot: not found, forbidden, broken, still coming. */

import { useEffect } from 'react'
import { BackendError } from '../backend/index.ts'
import { useMessages } from '../i18n/index.ts'
import { useConnectionState } from '../live/index.ts'
import { homePath } from '../routes/paths.ts'
import { Button, Buttons, Empty, Notice, Page, Skeleton } from '../ui/index.ts'

export function NotFoundPage() {
  const t = useMessages('app')
  return (
    <Page title={t('notFound.title')}>
      <Empty
        icon="search"
        title={t('notFound.heading')}
        action={
          <Button kind="primary" href={homePath()}>
            {t('notFound.home')}
          </Button>
        }
      >
        {t('notFound.text')}
      </Empty>
    </Page>
  )
}

/** Says what happened and what to do next; the rest of the shell goes on. */
export function FailedPage({ error, reset }: { error: unknown; reset?: () => void }) {
  const t = useMessages('app')
  const kind = kindOf(error)
  const connected = useConnectionState().kind === 'open'
  useEffect(() => {
    if (connected && kind === 'offline') reset?.()
    // Only when it comes back.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [connected])
  return (
    <Page title={t(`failed.${kind}.title`)}>
      <Notice
        tone="danger"
        title={t(`failed.${kind}.heading`)}
        actions={
          <Buttons>
            <Button onClick={() => (reset === undefined ? location.reload() : reset())}>{t('failed.retry')}</Button>
            <Button onClick={() => location.reload()}>{t('failed.reload')}</Button>
            <Button href={homePath()}>{t('notFound.home')}</Button>
          </Buttons>
        }
      >
        {error instanceof Error ? error.message : String(error)}
      </Notice>
    </Page>
  )
}

function kindOf(error: unknown): 'forbidden' | 'absent' | 'offline' | 'outdated' | 'broken' {
  if (error instanceof BackendError) {
    if (error.code === 403) return 'forbidden'
    if (error.code === 404) return 'absent'
    if (error.isOffline) return 'offline'
  }
  // A page's code that is not there any more: the server was renewed since this page was opened.
  if (error instanceof TypeError && /import|module/i.test(error.message)) return 'outdated'
  return 'broken'
}

export function PendingPage() {
  return (
    <div style={{ padding: 'var(--space-4)' }}>
      <Skeleton lines={8} />
    </div>
  )
}
