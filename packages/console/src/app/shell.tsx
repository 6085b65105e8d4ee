/** The four fixed regions: top bar, rail, work area, dock. */

import { CatchBoundary, Outlet, useLocation, useMatches } from '@tanstack/react-router'
import { Suspense, useMemo } from 'react'
import { TasksProvider } from '../features/tasks/index.ts'
import { UploadHost } from '../features/uploads/index.ts'
import { useMessages } from '../i18n/index.ts'
import { useGo } from '../routes/navigation.tsx'
import { createPath } from '../routes/paths.ts'
import { ToastRegion } from '../ui/index.ts'
import { openCommandBar } from './command/command-state.ts'
import { CommandBar } from './command/command-bar.tsx'
import { Dock } from './dock.tsx'
import { setDock } from './dock-state.ts'
import { FailedPage, PendingPage } from './fallbacks.tsx'
import { useFocusOnNavigation } from './navigation-focus.ts'
import { OfflineBanner } from './offline-banner.tsx'
import { Rail, railItems } from './rail.tsx'
import styles from './shell.module.css'
import { showShortcuts } from './shortcuts/help-state.ts'
import { useShortcuts, type Shortcut } from './shortcuts/registry.ts'
import { ShortcutsDialog } from './shortcuts/shortcuts-dialog.tsx'
import { useShortcutKeys } from './shortcuts/use-shortcut-keys.ts'
import { SignedIn } from './signed-in.tsx'
import { TopBar } from './top-bar.tsx'

export function Shell() {
  return (
    <SignedIn>
      <TasksProvider>
        <Regions />
      </TasksProvider>
    </SignedIn>
  )
}

function Regions() {
  const t = useMessages('app')
  const { href } = useLocation()
  useFocusOnNavigation()
  useShellShortcuts()
  return (
    <div className={styles['shell']}>
      <a href="#work" className={styles['skip']}>
        {t('skip')}
      </a>
      <TopBar />
      <OfflineBanner />
      <Rail />
      <main id="work" className={styles['work']} tabIndex={-1}>
        {/* A page that breaks leaves bar, rail and dock as they are. */}
        <CatchBoundary getResetKey={() => href} errorComponent={FailedPage}>
          <Suspense fallback={<PendingPage />}>
            <Outlet />
          </Suspense>
        </CatchBoundary>
      </main>
      <Dock />
      <CommandBar />
      <UploadHost />
      <ShortcutsDialog />
      <ToastRegion />
    </div>
  )
}

function useShellShortcuts(): void {
  const t = useMessages('app')
  const go = useGo()
  const shortcuts = useMemo(
    (): Shortcut[] => [
      {
        keys: 'mod+k',
        label: t('shortcuts.command'),
        group: t('shortcuts.everywhere'),
        run: () => openCommandBar(),
        everywhere: true,
      },
      { keys: '?', label: t('shortcuts.help'), group: t('shortcuts.everywhere'), run: showShortcuts },
      { keys: 'c', label: t('shortcuts.create'), group: t('shortcuts.everywhere'), run: () => go(createPath()) },
      {
        keys: 'g t',
        label: t('shortcuts.tasks'),
        group: t('shortcuts.pages'),
        run: () => setDock({ open: true, tab: 'tasks' }),
      },
      ...railItems.map(({ id, key, href }): Shortcut => ({
        keys: `g ${key}`,
        label: t(`rail.${id}`),
        group: t('shortcuts.pages'),
        run: () => go(href()),
      })),
    ],
    [t, go],
  )
  useShortcuts(shortcuts)
  useShortcutKeys()
}

/** A page alone in its window. */
export function BareFrame() {
  const open = useMatches({ select: (matches) => matches.at(-1)?.staticData.page?.open === true })
  const { href } = useLocation()
  useFocusOnNavigation()
  const page = (
    <CatchBoundary getResetKey={() => href} errorComponent={FailedPage}>
      <Suspense fallback={<PendingPage />}>
        <Outlet />
      </Suspense>
    </CatchBoundary>
  )
  return (
    <main id="work" className={styles['bare']} tabIndex={-1}>
      {open ? page : <SignedIn>{page}</SignedIn>}
      <ToastRegion />
    </main>
  )
}
