/** The frame of every page: its heading (which the focus goes to after a change of page), what can be done here, its content. */

import { useEffect, type ReactNode } from 'react'
import styles from './page.module.css'

/** Title of the window; the innermost page wins. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Berth' : `${title} · Berth`
  }, [title])
}

export interface PageProps {
  /** Heading and title of the window. */
  title: string
  /** Beside the heading: a status mark. */
  mark?: ReactNode
  /** Above the heading: where this is. */
  above?: ReactNode
  /** Buttons at the end of the heading's line. */
  actions?: ReactNode
  /** Under the heading, full width: tabs, a search box. */
  below?: ReactNode
  children: ReactNode
  /** `fill`: the content takes the height that is left and scrolls by itself (lists, consoles). */
  layout?: 'flow' | 'fill'
}

export function Page({ title, mark, above, actions, below, children, layout = 'flow' }: PageProps) {
  useTitle(title)
  return (
    <div className={styles['page']} data-layout={layout}>
      <header className={styles['header']}>
        {above !== undefined && <div className={styles['above']}>{above}</div>}
        <div className={styles['line']}>
          <h1 tabIndex={-1}>{title}</h1>
          {mark}
          {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
        </div>
        {below}
      </header>
      <div className={styles['content']}>{children}</div>
    </div>
  )
}

export interface SectionProps {
  title: string
  /** At the end of the heading's line. */
  actions?: ReactNode
  children: ReactNode
  /** Heading for screen readers only. */
  quiet?: boolean
}

/** A titled part of a page, in a frame. */
export function Section({ title, actions, children, quiet = false }: SectionProps) {
  return (
    <section className={styles['section']} aria-label={title}>
      <div className={quiet ? 'visually-hidden' : styles['sectionLine']}>
        <h2>{title}</h2>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </div>
      {children}
    </section>
  )
}

/** Sections beside each other where there is room. */
export function Columns({ children }: { children: ReactNode }) {
  return <div className={styles['columns']}>{children}</div>
}

/** One under the other, with room between. */
export function Stack({ children, gap = 3 }: { children: ReactNode; gap?: 1 | 2 | 3 | 4 | 5 }) {
  return (
    <div className={styles['stack']} style={{ gap: `var(--space-${gap})` }}>
      {children}
    </div>
  )
}

/** Beside each other, on further lines where the room ends. */
export function Row({
  children,
  gap = 2,
  align = 'center',
}: {
  children: ReactNode
  gap?: 1 | 2 | 3 | 4
  align?: 'center' | 'start' | 'end' | 'baseline'
}) {
  return (
    <div className={styles['row']} style={{ gap: `var(--space-${gap})`, alignItems: align }}>
      {children}
    </div>
  )
}
