import type { PageRoute } from '../../routes/page-route.ts'
import { setPasswordPath, signInPath } from '../../routes/paths.ts'

export const signInRoutes: readonly PageRoute[] = [
  {
    path: signInPath,
    frame: 'bare',
    open: true,
    messages: ['sign-in'],
    load: async () => (await import('./sign-in-page.tsx')).SignInPage,
  },
  {
    path: setPasswordPath,
    frame: 'bare',
    messages: ['sign-in'],
    load: async () => (await import('./set-password-page.tsx')).SetPasswordPage,
  },
]
