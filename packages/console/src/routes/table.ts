/** Every page there is, by feature. */

import { activityRoutes } from '../features/activity/index.ts'
import { adminRoutes } from '../features/admin/index.ts'
import { catalogueRoutes } from '../features/catalogue/index.ts'
import { consolesRoutes } from '../features/consoles/index.ts'
import { createRoutes } from '../features/create/index.ts'
import { homeRoutes } from '../features/home/index.ts'
import { hostsRoutes } from '../features/hosts/index.ts'
import { machineRoutes } from '../features/machine/index.ts'
import { signInRoutes } from '../features/sign-in/index.ts'
import { storageRoutes } from '../features/storage/index.ts'
import { workloadsRoutes } from '../features/workloads/index.ts'
import type { PageRoute } from './page-route.ts'

export const pageRoutes: readonly PageRoute[] = [
  ...activityRoutes,
  ...adminRoutes,
  ...catalogueRoutes,
  ...createRoutes,
  ...consolesRoutes,
  ...homeRoutes,
  ...hostsRoutes,
  ...machineRoutes,
  ...signInRoutes,
  ...storageRoutes,
  ...workloadsRoutes,
]
