/** Tabs whose parts have URLs of their own are links; those of a dialog are a tab list. */

import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react'
import { Link } from '../routes/navigation.tsx'
import styles from './tabs.module.css'

export interface LinkTabsProps {
  label: string
  tabs: readonly { id: string; label: string; href: string; count?: number }[]
  current: string
}

export function LinkTabs({ label, tabs, current }: LinkTabsProps) {
  return (
    <nav aria-label={label} className={styles['tabs']}>
      {tabs.map(({ id, label: word, href, count }) => (
        <Link key={id} href={href} className={styles['tab']} aria-current={id === current ? 'page' : undefined}>
          {word}
          {count !== undefined && <span className={styles['count']}>{count}</span>}
        </Link>
      ))}
    </nav>
  )
}

export interface TabsProps {
  label: string
  tabs: readonly { id: string; label: string }[]
  current: string
  onChange: (id: string) => void
  /** Of the current tab. */
  children: ReactNode
}

export function Tabs({ label, tabs, current, onChange, children }: TabsProps) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex((tab) => tab.id === current)
    const forward = getComputedStyle(event.currentTarget).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
    const back = forward === 'ArrowRight' ? 'ArrowLeft' : 'ArrowRight'
    const targets: Record<string, number> = {
      [forward]: (at + 1) % tabs.length,
      [back]: (at + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    }
    const target = targets[event.key]
    const tab = target === undefined ? undefined : tabs[target]
    if (tab === undefined || target === undefined) return
    event.preventDefault()
    onChange(tab.id)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[target]?.focus()
  }
  return (
    <>
      <div ref={list} role="tablist" aria-label={label} className={styles['tabs']}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${id}-${tab.id}`}
            aria-selected={tab.id === current}
            aria-controls={`${id}-panel`}
            tabIndex={tab.id === current ? 0 : -1}
            className={styles['tab']}
            onClick={() => onChange(tab.id)}
            onKeyDown={move}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${current}`} className={styles['panel']}>
        {children}
      </div>
    </>
  )
}
