/** How many there are, what waits, and which sources could not be read: each fails alone, in a small line. */

import type { ReactNode } from 'react'
import type { SourceState } from '@berth/view'
import { useConnectionState, type TableSnapshot } from '../../live/index.ts'
import { useFormat } from '../../i18n/format.ts'
import { useMessages } from '../../i18n/index.ts'
import { Button, Icon, Tooltip } from '../../ui/index.ts'
import styles from './status-line.module.css'

export interface StatusLineProps {
  table: TableSnapshot
  onShowWaiting: () => void
}

/** Told by name; the rest as a number. */
const mostSources = 3

export function StatusLine({ table, onShowWaiting }: StatusLineProps): ReactNode {
  const t = useMessages('workloads')
  const format = useFormat()
  const connection = useConnectionState()
  const troubled = table.sources.filter(({ state }) => state === 'forbidden' || state === 'stale')
  const loading = table.sources.some(({ state }) => state === 'loading') || !table.seen
  return (
    <div className={styles['line']}>
      <span aria-live="polite">
        {table.seen && t('count', { count: table.total, shown: format.number(table.total) })}
        {loading && <span className={styles['muted']}> {t('loading')}</span>}
      </span>
      {connection.kind === 'waiting' && <span className={styles['muted']}>{t('stale')}</span>}
      {troubled.slice(0, mostSources).map((source) => (
        <Source key={`${source.cluster}/${source.resource}`} source={source} />
      ))}
      {troubled.length > mostSources && (
        <span className={styles['muted']}>{t('source.more', { count: troubled.length - mostSources })}</span>
      )}
      {table.status === 'refused' && table.seen && <span className={styles['source']}>{table.refusal?.message}</span>}
      {table.waiting > 0 && (
        <span className={styles['waiting']}>
          <Button kind="quiet" hint={t('waiting.hint')} onClick={onShowWaiting}>
            {t('waiting.note', { count: table.waiting, shown: format.number(table.waiting) })}
          </Button>
        </span>
      )}
    </div>
  )
}

function Source({ source }: { source: SourceState }): ReactNode {
  const t = useMessages('workloads')
  const { cluster, resource, state, message } = source
  const what = t(`source.what.${resource}`, { defaultValue: resource })
  return (
    <Tooltip label={message}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- its tooltip says why, and must be reachable by keyboard */}
      <span className={styles['source']} role="note" tabIndex={0}>
        <Icon name="alert" />
        {t(`source.${state}`, { what, cluster })}
      </span>
    </Tooltip>
  )
}
