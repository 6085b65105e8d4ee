/** Every group of REST routes below `/api` for people who are signed in. */

import { planRoutes } from '../plans/plan-routes.ts'
import { taskRoutes } from '../tasks/task-routes.ts'
import { thumbnailRoutes } from '../thumbnails/routes.ts'
import type { Routes } from './routes.ts'

export const routeTable: readonly Routes[] = [planRoutes, taskRoutes, thumbnailRoutes]
