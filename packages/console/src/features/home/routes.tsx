import type { PageRoute } from '../../routes/page-route.ts'
import { homePath } from '../../routes/paths.ts'

export const homeRoutes: readonly PageRoute[] = [
  {
    path: homePath,
    rail: 'home',
    messages: ['home', 'hosts'],
    load: async () => (await import('./home-page.tsx')).HomePage,
  },
]
