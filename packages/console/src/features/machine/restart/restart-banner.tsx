/** Says that something waits for a restart, what it is, and restarts. */

import { getCondition } from '@berth/meta'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Notice } from '../../../ui/index.ts'
import type { MachineActions } from '../actions/use-action.tsx'
import { useEffectContext } from '../configure/effect-context.ts'
import type { LiveMachine } from '../use-machine.ts'
import { shownValue } from '../shown-value.ts'
import { useWaitingFields } from './waiting-fields.ts'
import styles from './restart.module.css'

const most = 6

export function RestartBanner({ live, actions }: { live: LiveMachine; actions: MachineActions }) {
  const t = useMessages('machine')
  const condition = getCondition(live.machine.status?.conditions, 'RestartRequired')
  const required = condition?.status === 'True'
  const context = useEffectContext(live)
  const waiting = useWaitingFields(live, context, required)
  if (!required) return null
  return (
    <Notice
      tone="attention"
      title={t('restart.title')}
      actions={
        <Button icon="restart" reason={live.refused.restart} onClick={() => actions.act('restart')}>
          {t('actions:action.restart')}
        </Button>
      }
    >
      {waiting.length === 0 ? (
        (condition?.message ?? '')
      ) : (
        <ul className={styles['fields']}>
          {waiting.slice(0, most).map(({ path, started, written }) => (
            <li key={path}>
              <code>{path.replace(/^spec\.template\.spec\./, '')}</code>: {shownValue(started)} → {shownValue(written)}
            </li>
          ))}
          {waiting.length > most && <li>{t('more', { count: waiting.length - most })}</li>}
        </ul>
      )}
    </Notice>
  )
}
