import type { PageRoute } from '../../routes/page-route.ts'
import { createPath } from '../../routes/paths.ts'

const load = async () => (await import('./create-page.tsx')).CreatePage

export const createRoutes: readonly PageRoute[] = [
  { path: createPath, rail: 'workloads', messages: ['create', 'catalogue'], load },
]
