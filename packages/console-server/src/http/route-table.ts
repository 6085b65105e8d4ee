/** Every group of REST routes below `/api` for people who are signed in. */

import { capabilityRoutes } from '../capabilities/routes.ts'
import { downloadRoutes } from '../gateway/download-routes.ts'
import { exportRoutes } from '../export/export-routes.ts'
import { planRoutes } from '../plans/plan-routes.ts'
import { preferenceRoutes } from '../preferences/routes.ts'
import { taskRoutes } from '../tasks/task-routes.ts'
import { thumbnailRoutes } from '../thumbnails/routes.ts'
import { uploadRoutes } from '../uploads/upload-routes.ts'
import type { Routes } from './routes.ts'

export const routeTable: readonly Routes[] = [
  capabilityRoutes,
  downloadRoutes,
  exportRoutes,
  preferenceRoutes,
  planRoutes,
  taskRoutes,
  thumbnailRoutes,
  uploadRoutes,
]
