import type { PageRoute } from '../../routes/page-route.ts'
import { consoleWallPath, consoleWindowPath } from '../../routes/paths.ts'

export const consolesRoutes: readonly PageRoute[] = [
  {
    path: consoleWindowPath,
    frame: 'bare',
    messages: ['consoles'],
    load: async () => (await import('./window-page.tsx')).ConsoleWindowPage,
  },
  {
    path: consoleWallPath,
    rail: 'workloads',
    messages: ['consoles'],
    load: async () => (await import('./wall-page.tsx')).WallPage,
  },
]
