import type { PageRoute } from '../../routes/page-route.ts'
import { machinePath, machineTabPath } from '../../routes/paths.ts'

const load = async () => (await import('./machine-page.tsx')).MachinePage
const messages = ['machine', 'actions', 'consoles', 'storage']

export const machineRoutes: readonly PageRoute[] = [
  { path: machinePath, rail: 'workloads', messages, load },
  { path: machineTabPath, rail: 'workloads', messages, load },
]
