import type { PageRoute } from '../../routes/page-route.ts'
import { adminPath } from '../../routes/paths.ts'

export const adminRoutes: readonly PageRoute[] = [
  {
    path: adminPath,
    rail: 'admin',
    messages: ['admin'],
    load: async () => (await import('./admin-page.tsx')).AdminPage,
  },
]
