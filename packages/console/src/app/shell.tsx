/** The four fixed regions: top bar, rail, work area, dock. */

import { Outlet } from '@tanstack/react-router'
import { useMessages } from '../i18n/index.ts'
import { ToastRegion } from '../ui/index.ts'
import { Rail } from './rail.tsx'
import { TopBar } from './top-bar.tsx'
import { useFocusOnNavigation } from './navigation-focus.ts'
import styles from './shell.module.css'

export function Shell() {
  const t = useMessages('app')
  useFocusOnNavigation()
  return (
    <div className={styles['shell']}>
      <a href="#work" className={styles['skip']}>
        {t('skip')}
      </a>
      <TopBar />
      <Rail />
      <main id="work" className={styles['work']} tabIndex={-1}>
        <Outlet />
      </main>
      <ToastRegion />
    </div>
  )
}

/** A page alone in its window. */
export function BareFrame() {
  useFocusOnNavigation()
  return (
    <main id="work" className={styles['bare']} tabIndex={-1}>
      <Outlet />
    </main>
  )
}
