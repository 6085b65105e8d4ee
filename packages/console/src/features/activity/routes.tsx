import type { PageRoute } from '../../routes/page-route.ts'
import { activityPath, tasksPath } from '../../routes/paths.ts'

export const activityRoutes: readonly PageRoute[] = [
  {
    path: activityPath,
    rail: 'activity',
    messages: ['activity'],
    load: async () => (await import('./events-page.tsx')).EventsPage,
  },
  {
    path: tasksPath,
    rail: 'activity',
    messages: ['activity'],
    load: async () => (await import('./tasks-page.tsx')).TasksPage,
  },
]
