import type { PageRoute } from '../../routes/page-route.ts'
import { storagePath, storageTablePath } from '../../routes/paths.ts'

const load = async () => (await import('./storage-page.tsx')).StoragePage
const page = { rail: 'storage', messages: ['storage', 'workloads', 'actions'], load } as const

export const storageRoutes: readonly PageRoute[] = [
  { path: storagePath, ...page },
  { path: storageTablePath, ...page },
]
