/** What can be done with the selection. It stands where the counts stand, so that nothing moves when it comes. */

import type { ReactNode } from 'react'
import { actionTable, type ActionId, type ActionSpec } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { useFormat } from '../../../i18n/format.ts'
import { Button, IconButton, Menu } from '../../../ui/index.ts'
import { actionIcons } from '../../actions/index.ts'
import styles from './bulk-bar.module.css'
import { chosenCount, type Chosen } from './chosen.ts'

export interface BulkBarProps {
  chosen: Chosen
  total: number
  onAction: (action: ActionId) => void
  onAll: () => void
  onClear: () => void
  onShowAs: () => void
}

/** Asked for most. All are under "More", too, for where there is no room. */
const first: readonly ActionId[] = ['start', 'stop', 'restart', 'delete']

export function BulkBar({ chosen, total, onAction, onAll, onClear, onShowAs }: BulkBarProps): ReactNode {
  const t = useMessages('workloads')
  const words = useMessages('actions')
  const format = useFormat()
  const count = chosenCount(chosen, total)
  const all = actionTable.filter((action: ActionSpec) => action.bulk)
  return (
    <div className={styles['bar']} role="toolbar" aria-label={t('bulk.label')}>
      <strong className={styles['count']} aria-live="polite">
        {chosen.kind === 'query' && chosen.except.size === 0
          ? t('bulk.all', { count, shown: format.number(count) })
          : t('bulk.some', { count, shown: format.number(count) })}
      </strong>
      <IconButton icon="close" label={t('bulk.clear')} onClick={onClear} />
      {first.map((id) => (
        <Button
          key={id}
          icon={actionIcons[id] ?? 'more'}
          className={styles['action'] ?? ''}
          onClick={() => onAction(id)}
        >
          {words(`action.${id}`)}
        </Button>
      ))}
      <Menu
        label={words('more')}
        groups={[
          {
            items: all.map(({ id }: ActionSpec) => ({
              id,
              label: words(`action.${id}`),
              ...(actionIcons[id] === undefined ? {} : { icon: actionIcons[id] }),
              onSelect: () => onAction(id),
            })),
          },
          { items: [{ id: 'show-as', label: t('bulk.showAs'), icon: 'code', onSelect: onShowAs }] },
        ]}
      >
        <Button icon="down">{words('more')}</Button>
      </Menu>
      {count < total && (
        <Button kind="quiet" className={styles['everything'] ?? ''} onClick={onAll}>
          {t('bulk.selectAll', { count: total, shown: format.number(total) })}
        </Button>
      )}
    </div>
  )
}
