/** Every group of REST routes below `/api` for people who are signed in. */

import { thumbnailRoutes } from '../thumbnails/routes.ts'
import type { Routes } from './routes.ts'

export const routeTable: readonly Routes[] = [thumbnailRoutes]
