/** Local users, for administrators of an engine's console. */

import type { AccountInfo, AccountLink } from '@berth/view'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ConsoleError } from '../errors.ts'
import type { Services } from '../http/services.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import { isAccountRole, type Account, type AccountRole } from './accounts.ts'
import { makeCode, linkWith } from './codes.ts'

export function accountRoutes(
  app: FastifyInstance,
  services: Services,
  person: (request: FastifyRequest) => LiveSession,
): void {
  const { accounts, sessions, options } = services
  const { dataDirectory, clock, logger } = options

  function administrator(request: FastifyRequest): LiveSession {
    const session = person(request)
    if (!session.admin) throw new ConsoleError('Forbidden', 'only administrators manage local users')
    return session
  }
  const named = (request: FastifyRequest): string => (request.params as { name: string }).name // the route's own pattern

  async function all(): Promise<AccountInfo[]> {
    return (await accounts.list()).map(infoOf)
  }
  app.get('/api/accounts', (request) => {
    administrator(request)
    return all()
  })

  app.post('/api/accounts', async (request, reply) => {
    const by = administrator(request)
    const { name, role, password } = fieldsOf(request.body)
    if (name === undefined) throw new ConsoleError('BadRequest', 'name: must be a text')
    const account = await accounts.add({
      name,
      role: role ?? 'viewer',
      ...(password === undefined ? {} : { password }),
    })
    logger.info({ who: by.owner, account: name, role: account.role }, 'user added')
    return reply.code(201).send(infoOf(account))
  })

  app.patch('/api/accounts/:name', async (request, reply) => {
    const by = administrator(request)
    const name = named(request)
    const { role, password } = fieldsOf(request.body)
    if (role !== undefined) await accounts.setRole(name, role)
    if (password !== undefined) await accounts.setPassword(name, password)
    logger.info({ who: by.owner, account: name, role, password: password !== undefined }, 'user changed')
    await sessions.review()
    const account = await accounts.get(name)
    if (account === undefined) throw new ConsoleError('NotFound', `there is no user "${name}"`)
    return reply.send(infoOf(account))
  })

  app.delete('/api/accounts/:name', async (request, reply) => {
    const by = administrator(request)
    const name = named(request)
    await accounts.remove(name)
    logger.info({ who: by.owner, account: name }, 'user removed')
    await sessions.review()
    return reply.code(204).send()
  })

  app.post('/api/accounts/:name/link', async (request, reply) => {
    const by = administrator(request)
    const name = named(request)
    if ((await accounts.get(name)) === undefined) throw new ConsoleError('NotFound', `there is no user "${name}"`)
    const code = await makeCode(dataDirectory, { account: name, nowMs: clock.now().getTime() })
    logger.info({ who: by.owner, account: name }, 'sign-in link made')
    // The page's own address: known to be one of ours, and where this person reaches the console.
    const answer: AccountLink = { link: linkWith(request.headers.origin ?? '', code) }
    return reply.send(answer)
  })
}

function infoOf({ name, role, password, createdMs }: Account): AccountInfo {
  return { name, role, hasPassword: password !== undefined, created: new Date(createdMs).toISOString() }
}

function fieldsOf(body: unknown): { name?: string; role?: AccountRole; password?: string } {
  const fields: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {}
  const { name, role, password } = fields
  if (name !== undefined && typeof name !== 'string') throw new ConsoleError('BadRequest', 'name: must be a text')
  if (password !== undefined && typeof password !== 'string') {
    throw new ConsoleError('BadRequest', 'password: must be a text')
  }
  if (role !== undefined && !isAccountRole(role)) {
    throw new ConsoleError('BadRequest', 'role: must be "administrator", "operator" or "viewer"')
  }
  return {
    ...(name === undefined ? {} : { name }),
    ...(role === undefined ? {} : { role }),
    ...(password === undefined ? {} : { password }),
  }
}
