/** Makes TanStack's router of the table of pages. */

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  useRouter,
  type AnyRoute,
} from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { fetchSession } from '../backend/session.ts'
import { loadMessages } from '../i18n/index.ts'
import type { PageComponent, PageRoute } from './page-route.ts'

export interface RouterParts {
  pages: readonly PageRoute[]
  /** Bar, rail and dock; renders the page by `<Outlet />`. */
  Shell: PageComponent
  /** For `frame: 'bare'`. */
  Bare: PageComponent
  NotFound: PageComponent
  Failed: (props: { error: unknown; reset?: () => void }) => ReactNode
  Pending: PageComponent
}

/** Trying again fetches what the page is made of, too. */
function FailedRoute({ Failed, error, reset }: Pick<RouterParts, 'Failed'> & { error: unknown; reset: () => void }) {
  const router = useRouter()
  return <Failed error={error} reset={() => void router.invalidate().finally(reset)} />
}

export function makeRouter({ pages, Shell, Bare, NotFound, Failed, Pending }: RouterParts) {
  const root = createRootRoute({ notFoundComponent: NotFound })
  const frames = {
    shell: createRoute({ getParentRoute: () => root, id: 'shell', component: Shell }),
    bare: createRoute({ getParentRoute: () => root, id: 'bare', component: Bare }),
  }
  const children: { shell: AnyRoute[]; bare: AnyRoute[] } = { shell: [], bare: [] }
  for (const page of pages) {
    const frame = page.frame ?? 'shell'
    children[frame].push(
      createRoute({
        getParentRoute: () => frames[frame],
        path: page.path.pattern,
        component: lazyRouteComponent(async () => ({ page: await codeOf(page) }), 'page'),
        // Beside the page's code, not after it.
        loader: async () => loadMessages(page.messages),
        staticData: { page },
      }),
    )
  }
  // What no page is under is shown in the shell, so that the way back is at hand.
  children.shell.push(createRoute({ getParentRoute: () => frames.shell, path: '$', component: NotFound }))
  return createRouter({
    routeTree: root.addChildren([frames.shell.addChildren(children.shell), frames.bare.addChildren(children.bare)]),
    defaultErrorComponent: ({ error, reset }) => <FailedRoute Failed={Failed} error={error} reset={reset} />,
    defaultPendingComponent: Pending,
    defaultPendingMs: 150,
    defaultPendingMinMs: 200,
    defaultPreload: false,
    scrollRestoration: true,
    scrollToTopSelectors: ['#work'],
    // Plain texts: a URL that a person can read and type.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const text = new URLSearchParams()
      for (const [name, value] of Object.entries(search)) if (value !== undefined) text.set(name, String(value))
      const written = text.toString()
      return written === '' ? '' : `?${written}`
    },
  })
}

/**
 * Where code cannot be fetched, the router loads the whole window again, since it was renewed as a rule. While the server is away
 * that would leave nothing of the page.
 */
async function codeOf(page: PageRoute): Promise<PageComponent> {
  try {
    return await page.load()
  } catch (error) {
    // Throws by itself where there is no answer.
    await fetchSession()
    throw error
  }
}

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    page?: PageRoute
  }
}
