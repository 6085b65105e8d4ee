/** The bottom dock: tasks and consoles, under every page. Collapsed it is one line that still tells of running tasks. */

import { useEffect, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { consoleKey, DockConsole, useAskedConsole, useOpenConsoles } from '../features/consoles/index.ts'
import { TasksPanel, taskTitle, useTasks } from '../features/tasks/index.ts'
import { useMessages } from '../i18n/index.ts'
import { Icon, IconButton } from '../ui/index.ts'
import { dockHeights, setDock, useDock } from './dock-state.ts'
import styles from './dock.module.css'

export function Dock() {
  const t = useMessages('app')
  const tasks = useTasks()
  const consoles = useOpenConsoles()
  const dock = useDock()
  const asked = useAskedConsole()
  // A console that was put into the dock is there to be seen.
  useEffect(() => {
    if (asked.console !== undefined) setDock({ open: true, tab: consoleKey(asked.console) })
  }, [asked])
  const running = tasks.filter(({ state }) => state === 'running')
  const tabs = [
    {
      id: 'tasks',
      label: running.length > 0 ? t('dock.running', { count: running.length }) : t('dock.tasks'),
      icon: 'tasks' as const,
    },
    ...consoles.map((open) => ({
      id: consoleKey(open),
      label: open.name,
      icon: open.kind === 'vnc' ? ('screen' as const) : ('console' as const),
    })),
  ]
  const current = tabs.some(({ id }) => id === dock.tab) ? dock.tab : 'tasks'
  const shown = consoles.find((open) => consoleKey(open) === current)
  return (
    <section
      className={styles['dock']}
      aria-label={t('dock.label')}
      data-open={dock.open || undefined}
      style={dock.open ? { blockSize: dock.height } : undefined}
    >
      {dock.open && <Handle height={dock.height} />}
      <div className={styles['bar']}>
        <div className={styles['tabs']}>
          {tabs.map(({ id, label, icon }) => (
            <button
              key={id}
              type="button"
              className={styles['tab']}
              aria-expanded={dock.open && id === current}
              onClick={() => setDock({ open: !(dock.open && id === current), tab: id })}
            >
              <Icon name={icon} />
              <span>{label}</span>
            </button>
          ))}
        </div>
        {!dock.open && <Latest />}
        <IconButton
          icon={dock.open ? 'down' : 'up'}
          label={dock.open ? t('dock.close') : t('dock.open')}
          aria-expanded={dock.open}
          onClick={() => setDock({ open: !dock.open })}
        />
      </div>
      {dock.open && (
        <div className={styles['content']} data-console={shown !== undefined || undefined}>
          {shown === undefined ? <TasksPanel /> : <DockConsole key={current} open={shown} />}
        </div>
      )}
    </section>
  )
}

/** What has happened last, told to screen readers as well. */
function Latest() {
  const t = useMessages('tasks')
  const [latest] = useTasks()
  return (
    <span className={styles['latest']} role="status">
      {latest !== undefined && `${taskTitle(latest, t)} – ${latest.progress ?? t(`state.${latest.state}`)}`}
    </span>
  )
}

const step = 32

/** Makes the dock higher or lower, by pointer or arrow keys. */
function Handle({ height }: { height: number }) {
  const t = useMessages('app')
  const [from, setFrom] = useState<{ y: number; height: number }>()
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
    event.preventDefault()
    setDock({ height: height + (event.key === 'ArrowUp' ? step : -step) })
  }
  const onMove = (event: PointerEvent): void => {
    if (from !== undefined) setDock({ height: from.height + from.y - event.clientY })
  }
  return (
    // A separator that moves takes keys and so the focus.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className={styles['handle']}
      role="separator"
      aria-orientation="horizontal"
      aria-label={t('dock.height')}
      aria-valuenow={Math.round(height)}
      aria-valuemin={dockHeights.least}
      aria-valuemax={dockHeights.most()}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onKeyDown={onKey}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        setFrom({ y: event.clientY, height })
      }}
      onPointerMove={onMove}
      onPointerUp={() => setFrom(undefined)}
    />
  )
}
