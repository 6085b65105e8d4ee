/** Which kinds could not be read, each in a small note: the rest of the list stands. */

import type { ReactNode } from 'react'
import type { SourceState } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Icon, Tooltip } from '../../../ui/index.ts'
import styles from './list.module.css'

export function SourceNotes({ sources }: { sources: readonly SourceState[] }): ReactNode {
  const t = useMessages('storage')
  return sources
    .filter(({ state }) => state === 'forbidden' || state === 'stale')
    .slice(0, 3)
    .map(({ cluster, resource, state, message }) => (
      <Tooltip key={`${cluster}/${resource}`} label={message}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- its tooltip says why, and must be reachable by keyboard */}
        <span className={styles['muted']} role="note" tabIndex={0}>
          <Icon name="alert" />{' '}
          {t(`note.${state}`, { what: t(`kind.${resource}`, { defaultValue: resource }), cluster })}
        </span>
      </Tooltip>
    ))
}
