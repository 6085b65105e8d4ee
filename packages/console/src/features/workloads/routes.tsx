import type { PageRoute } from '../../routes/page-route.ts'
import { workloadsPath } from '../../routes/paths.ts'

export const workloadsRoutes: readonly PageRoute[] = [
  {
    path: workloadsPath,
    rail: 'workloads',
    messages: ['workloads', 'actions', 'consoles'],
    load: async () => (await import('./workloads-page.tsx')).WorkloadsPage,
  },
]
