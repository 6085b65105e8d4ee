/** The HTTP application: what is checked of every request, in which order, and which routes there are. */

import { fastifyCookie } from '@fastify/cookie'
import { fastify, type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from 'fastify'
import { ConsoleError } from '../errors.ts'
import { gatewayRoutes } from '../gateway/gateway-routes.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { accountRoutes } from '../sign-in/account-routes.ts'
import { handleError } from './answers.ts'
import { Busy } from './busy.ts'
import { checkDepth } from './depth.ts'
import { hostProblem, originProblem, siteProblem } from './origin.ts'
import { servePage } from './page.ts'
import { routeTable } from './route-table.ts'
import type { RouteContext } from './routes.ts'
import { apiHeaders } from './security-headers.ts'
import { partContext, type Services } from './services.ts'
import { sessionRoutes } from './session-routes.ts'
import { sameText } from '../sessions/same-text.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For people who are not signed in, too. */
    open?: boolean
  }
}

const bodyLimit = 1024 * 1024
/** A request that is not complete by then is somebody holding the line. */
const requestTimeoutMs = 30_000
const headersTimeoutMs = 10_000
/** How often Node looks for such. */
const connectionsCheckingInterval = 5_000
const readOnly = new Set(['GET', 'HEAD'])

export async function createApp(services: Services): Promise<FastifyInstance> {
  const { options, sessions } = services
  const { tls } = options
  const people = new WeakMap<FastifyRequest, LiveSession>()
  const busy = new Busy()
  const person = (request: FastifyRequest): LiveSession => {
    const session = people.get(request)
    if (session === undefined) throw new ConsoleError('Unauthorized', 'you are not signed in')
    return session
  }

  const settings: FastifyServerOptions = {
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
    trustProxy: false,
    routerOptions: { maxParamLength: 16 * 1024, ignoreDuplicateSlashes: false },
    ...(tls === undefined
      ? { http: { connectionsCheckingInterval } }
      : {
          https: {
            ...tls,
            minVersion: 'TLSv1.2' as const,
            connectionsCheckingInterval,
            handshakeTimeout: headersTimeoutMs,
          },
        }),
  }
  const app: FastifyInstance = fastify(settings)
  await app.register(fastifyCookie)
  app.server.headersTimeout = headersTimeoutMs
  app.server.maxConnections = 4096
  app.setErrorHandler(handleError(options.logger))
  app.setNotFoundHandler(() => {
    throw new ConsoleError('NotFound', 'there is nothing under this address')
  })

  app.addHook('onRequest', async (request, reply) => {
    const { headers, method } = request
    const isApi = request.url === '/api' || request.url.startsWith('/api/')
    if (isApi) void reply.headers(apiHeaders)
    refuse(hostProblem(headers, services.known))
    if (!isApi) return
    refuse(readOnly.has(method) ? siteProblem(headers) : originProblem(headers, services.known))
    if (request.routeOptions.config.open === true) return
    const id = services.cookies.read(headers.cookie)
    const session = id === undefined ? undefined : await sessions.find(id)
    if (session === undefined) throw new ConsoleError('Unauthorized', 'you are not signed in')
    if (!readOnly.has(method) && !sameText(headers['x-berth-csrf'], session.csrf)) {
      throw new ConsoleError('Forbidden', 'the token of the page (x-berth-csrf) is missing or wrong; reload the page')
    }
    busy.enter(session.owner, reply.raw)
    sessions.touch(session)
    people.set(request, session)
  })

  app.addHook('preValidation', async (request) => checkDepth(request.body))

  const context: RouteContext = {
    ...partContext(services),
    person,
    cluster(id) {
      const found = services.clusters.find((cluster) => cluster.id === id)
      if (found === undefined) throw new ConsoleError('NotFound', `there is no cluster "${id}"`)
      return found
    },
  }
  sessionRoutes(app, services, person)
  if (options.signIn === 'engine') accountRoutes(app, services, person)
  gatewayRoutes(app, context)
  for (const routes of routeTable) routes(app, context)
  await servePage(app, { assets: options.assets })
  return app
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new ConsoleError('Forbidden', problem)
}
