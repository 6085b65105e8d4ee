/** `/api/sign-in` and `/api/session`: the only routes for people who are not signed in. */

import type { ClusterInfo, ListedSessionInfo, SessionInfo } from '@berth/view'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Cluster } from '../clusters/cluster.ts'
import { ConsoleError } from '../errors.ts'
import type { ListedSession, LiveSession } from '../sessions/sessions.ts'
import { parseSignIn } from '../sign-in/sign-in.ts'
import type { Services } from './services.ts'

export function sessionRoutes(
  app: FastifyInstance,
  services: Services,
  person: (request: FastifyRequest) => LiveSession,
): void {
  const { sessions, desk, accounts } = services

  app.get('/api/sign-in', { config: { open: true } }, () => desk.methods())

  // Needs no CSRF token: there is no session yet. The origin is checked as for every changing call.
  app.post('/api/session', { config: { open: true } }, async (request, reply) => {
    const { id, session } = await desk.signIn(parseSignIn(request.body), request.ip)
    services.options.logger.info({ who: session.owner, session: session.id }, 'signed in')
    void reply.header('set-cookie', services.cookies.set(id))
    return sessionInfo(session, services)
  })

  app.get('/api/session', (request) => sessionInfo(person(request), services))

  app.delete('/api/session', async (request, reply) => {
    const session = person(request)
    await sessions.end(session)
    services.options.logger.info({ who: session.owner, session: session.id }, 'signed out')
    return reply.header('set-cookie', services.cookies.clear()).code(204).send()
  })

  /** One's own; an administrator's list has everybody's. */
  async function listed(session: LiveSession): Promise<ListedSession[]> {
    const all = await sessions.list()
    return session.admin ? all : all.filter(({ owner }) => owner === session.owner)
  }

  async function listedInfo(session: LiveSession): Promise<ListedSessionInfo[]> {
    return (await listed(session)).map(({ id, user, createdMs, usedMs }) => ({
      id,
      user,
      begun: new Date(createdMs).toISOString(),
      used: new Date(usedMs).toISOString(),
      current: id === session.id,
    }))
  }
  app.get('/api/sessions', (request) => listedInfo(person(request)))

  app.delete<{ Params: { id: string } }>('/api/sessions/:id', async (request, reply) => {
    const session = person(request)
    const { id } = request.params
    const found = (await listed(session)).find((each) => each.id === id)
    // Somebody else's is as good as none.
    if (found === undefined || !(await sessions.endListed(id))) {
      throw new ConsoleError('NotFound', 'there is no such session any more')
    }
    services.options.logger.info({ who: session.owner, session: id, of: found.owner }, 'session ended')
    return reply.code(204).send()
  })

  /** One's own password; the session goes on under a new id, all others of the account end. */
  app.put('/api/session/password', async (request, reply) => {
    const session = person(request)
    if (session.who.kind !== 'account') throw new ConsoleError('Forbidden', 'only local users have a password here')
    const { current, password } = passwordsOf(request.body)
    if (session.account?.password !== undefined) {
      await desk.signIn({ method: 'password', user: session.who.name, password: current ?? '' }, request.ip).then(
        (proof) => sessions.end(proof.session),
        (error: unknown) => {
          if (error instanceof ConsoleError && error.code === 'Unauthorized') {
            throw new ConsoleError('Forbidden', 'current: the present password is wrong')
          }
          throw error
        },
      )
    }
    const account = await accounts.setPassword(session.who.name, password)
    const { id, session: next } = await sessions.begin(session.who, { account })
    await sessions.review()
    void reply.header('set-cookie', services.cookies.set(id))
    return sessionInfo(next, services)
  })
}

async function sessionInfo(session: LiveSession, services: Services): Promise<SessionInfo> {
  const { command, version } = services.options
  const clusters = await Promise.all(services.clusters.map((cluster) => clusterInfo(cluster, session)))
  return {
    user: session.user,
    displayName: session.displayName,
    clusters,
    csrf: session.csrf,
    admin: session.admin,
    version,
    command,
    ...(session.who.kind === 'account'
      ? { password: session.account?.password === undefined ? 'missing' : 'set' }
      : {}),
  }
}

async function clusterInfo(cluster: Cluster, session: LiveSession): Promise<ClusterInfo> {
  const { id, name, kind, namespace } = cluster
  const about = { id, name, kind, namespace }
  if (!session.identities.has(id)) {
    return { ...about, state: 'signed-out', message: `You are not signed in to ${name}.` }
  }
  return { ...about, ...(await cluster.reachable()) }
}

function passwordsOf(body: unknown): { current: string | undefined; password: string } {
  const fields: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {}
  const { current, password } = fields
  if (typeof password !== 'string') throw new ConsoleError('BadRequest', 'password: must be a text')
  return { current: typeof current === 'string' ? current : undefined, password }
}
