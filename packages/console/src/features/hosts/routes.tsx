import type { PageRoute } from '../../routes/page-route.ts'
import { hostsPath } from '../../routes/paths.ts'

export const hostsRoutes: readonly PageRoute[] = [
  {
    path: hostsPath,
    rail: 'hosts',
    messages: ['hosts'],
    load: async () => (await import('./hosts-page.tsx')).HostsPage,
  },
]
