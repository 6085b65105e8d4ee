// What the log gets to see of requests that a server serves.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { StatusError, type JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { coreDefinitions } from '../core/definitions.ts'
import { coreSchemas } from '../generated/core.ts'
import { createApiServer } from '../server/api-server.ts'
import type { ApiServer } from '../server/options.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { requestOf } from '../testing/core-server.ts'
import { createAuditLog, type AuditLog, type AuditLogOptions } from './audit-log.ts'
import { readAuditPolicy, type AuditPolicy } from './policy.ts'

let directory: string
let path: string
let opened: AuditLog[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-way-'))
  path = join(directory, 'audit.log')
  opened = []
})

afterEach(async () => {
  for (const log of opened) await log.close()
  rmSync(directory, { recursive: true, force: true })
})

const policyOf = (...rules: JsonObject[]): AuditPolicy =>
  readAuditPolicy({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules })

function open(options: Partial<AuditLogOptions>): AuditLog {
  const log = createAuditLog({ path, clock: systemClock, logger: silentLogger, uuid: randomUUID, ...options })
  opened.push(log)
  return log
}

function linesOf(): JsonObject[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as JsonObject)
}

describe('on the way of a request', () => {
  async function served(rule: JsonObject, ask: (server: ApiServer) => Promise<unknown>): Promise<JsonObject[]> {
    const log = open({ policy: policyOf({ omitStages: ['RequestReceived'], ...rule }) })
    const store = createMemoryStore()
    const server = createApiServer({
      store,
      definitions: coreDefinitions({ schemas: coreSchemas, store }),
      schemas: coreSchemas,
      authenticator: { authenticate: () => Promise.reject(new Error('not used')) },
      authorizer: { authorize: ({ verb }) => ({ allowed: verb !== 'delete', reason: verb === 'delete' ? '' : 'why' }) },
      audit: log,
      clock: systemClock,
      random: { uuid: randomUUID, number: () => 0.5 },
      logger: silentLogger,
    })
    await ask(server)
    await server.close()
    await log.close()
    return linesOf()
  }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }

  test('bodies come and go, and decisions are told', async () => {
    const lines = await served({ level: 'RequestResponse' }, (server) =>
      server.handler(requestOf('POST', '/api/v1/namespaces', namespace, { 'accept-encoding': 'gzip' })),
    )
    expect(lines).toMatchObject([
      {
        verb: 'create',
        requestObject: namespace,
        responseObject: { kind: 'Namespace', metadata: { uid: expect.any(String) } },
        responseStatus: { code: 201 },
        annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'why' },
      },
    ])
  })

  test('a refusal says why, also at level Metadata', async () => {
    const lines = await served({ level: 'Metadata' }, (server) =>
      server.handler(requestOf('DELETE', '/api/v1/namespaces/a')),
    )
    expect(lines).toMatchObject([
      {
        responseStatus: { code: 403, reason: 'Forbidden', message: expect.stringContaining('cannot delete') },
        annotations: { 'authorization.k8s.io/decision': 'forbid' },
      },
    ])
  })

  test('credentials that are not good are seen, and what was tried with them', async () => {
    const refused = new StatusError('Unauthorized', 'Unauthorized')
    const nobody = { user: { name: '', groups: [] }, refused, remoteAddress: '10.0.0.7' }
    const codes: unknown[] = []
    const lines = await served({ level: 'Metadata' }, async (server) => {
      for (const path of ['/api/v1/namespaces/a', '/%zz', '/apis/nowhere/v1/things']) {
        const answer = await server.handler({ ...requestOf('DELETE', path), ...nobody })
        codes.push(answer.kind === 'full' ? answer.code : answer.kind)
      }
    })
    expect(codes).toEqual([401, 401, 401])
    expect(lines[0]).toMatchObject({
      verb: 'delete',
      sourceIPs: ['10.0.0.7'],
      responseStatus: { code: 401, reason: 'Unauthorized' },
    })
  })

  test('nothing happens that a strict log cannot take', async () => {
    symlinkSync('/dev/full', path)
    const store = createMemoryStore()
    const server = createApiServer({
      store,
      definitions: coreDefinitions({ schemas: coreSchemas, store }),
      schemas: coreSchemas,
      authenticator: { authenticate: () => Promise.reject(new Error('not used')) },
      authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
      audit: open({ mode: 'blocking-strict', policy: policyOf({ level: 'Metadata' }) }),
      clock: systemClock,
      random: { uuid: randomUUID, number: () => 0.5 },
      logger: silentLogger,
    })
    const answer = await server.handler(requestOf('POST', '/api/v1/namespaces', namespace))
    expect(answer).toMatchObject({ code: 503, headers: { 'retry-after': '1' } })
    expect(store.count('core/namespaces')).toBe(0)
    rmSync(path)
    expect(await server.handler(requestOf('POST', '/api/v1/namespaces', namespace))).toMatchObject({ code: 201 })
    await server.close()
  })
})
