/** Scope, search and commands, tasks, what needs attention, the person. */

import { useMemo } from 'react'
import { useTasks } from '../features/tasks/index.ts'
import { useMessages } from '../i18n/index.ts'
import { useRowsStore, useTable } from '../live/index.ts'
import { Link } from '../routes/navigation.tsx'
import { homePath, workloadsPath } from '../routes/paths.ts'
import { scopeQuery, useScope } from '../routes/scope.ts'
import { Icon, IconButton } from '../ui/index.ts'
import { openCommandBar } from './command/command-state.ts'
import { setDock, useDock } from './dock-state.ts'
import { ScopePicker } from './scope-picker.tsx'
import { isApple } from './shortcuts/use-shortcut-keys.ts'
import styles from './top-bar.module.css'
import { UserMenu } from './user-menu.tsx'

export function TopBar() {
  const t = useMessages('app')
  const dock = useDock()
  const running = useTasks().filter(({ state }) => state === 'running').length
  return (
    <header className={styles['bar']}>
      <Link href={homePath()} className={styles['brand']}>
        <Mark />
        <span className={styles['name']}>{t('product')}</span>
      </Link>
      <ScopePicker />
      <button
        type="button"
        className={styles['search']}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => openCommandBar()}
      >
        <Icon name="search" />
        <span className={styles['searchText']}>{t('command.open')}</span>
        <kbd>{isApple ? '⌘ K' : 'Ctrl K'}</kbd>
      </button>
      <div className={styles['end']}>
        <IconButton
          icon="tasks"
          label={running > 0 ? t('dock.running', { count: running }) : t('dock.tasks')}
          badge={running}
          aria-expanded={dock.open && dock.tab === 'tasks'}
          onClick={() => setDock({ open: !(dock.open && dock.tab === 'tasks'), tab: 'tasks' })}
        />
        <Alerts />
        <UserMenu />
      </div>
    </header>
  )
}

/** How many machines need attention, and the list of them. */
function Alerts() {
  const t = useMessages('app')
  const scope = useScope()
  const query = useMemo(
    () => ({ table: 'workloads' as const, query: `${scopeQuery(scope)} tone:attention`.trim(), sort: [] }),
    [scope],
  )
  const { total } = useTable(useRowsStore(query))
  return (
    <IconButton
      icon="alert"
      label={total > 0 ? t('alerts', { count: total }) : t('noAlerts')}
      badge={total}
      href={workloadsPath({ q: 'tone:attention' })}
    />
  )
}

function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" aria-hidden focusable="false">
      <rect x="2" y="9" width="16" height="8" rx="1.5" fill="var(--accent)" />
      <rect x="4.5" y="3" width="4.5" height="4.500" rx="1" fill="var(--accent)" opacity="0.55" />
      <rect x="11" y="3" width="4.500" height="4.500" rx="1" fill="var(--accent)" opacity="0.8" />
    </svg>
  )
}
