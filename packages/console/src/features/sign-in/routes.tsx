import type { PageRoute } from '../../routes/page-route.ts'
import { signInPath } from '../../routes/paths.ts'

export const signInRoutes: readonly PageRoute[] = [
  {
    path: signInPath,
    frame: 'bare',
    open: true,
    messages: ['sign-in'],
    load: async () => (await import('./sign-in-page.tsx')).SignInPage,
  },
]
