/** What a group of REST routes is given; `http/route-table.ts` lists the groups, and the application knows nothing else of them. */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Cluster } from '../clusters/cluster.ts'
import type { PartContext } from '../parts.ts'
import type { Session } from '../sessions/session.ts'

export interface RouteContext extends PartContext {
  /** Who asks: routes below `/api` are reached by people who are signed in, with their CSRF token checked, and by nobody else. */
  person(this: void, request: FastifyRequest): Session
  /** @throws {ConsoleError} NotFound */
  cluster(this: void, id: string): Cluster
}

/**
 * Adds routes. Errors are thrown: `StatusError` and `ConsoleError` become Kubernetes `Status` answers, anything else a 500 that says
 * nothing to the browser. Bodies are JSON of at most 1 MiB and come as `unknown`.
 */
export type Routes = (app: FastifyInstance, context: RouteContext) => void
