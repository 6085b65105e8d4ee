/** A server with the built-in kinds over a memory store, its controllers optional, and requests without a socket. */

import { randomUUID } from 'node:crypto'
import { silentLogger, type Clock } from '@berth/base'
import type { JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { dynamicAdmission } from '../admission/admission.ts'
import { internalUser } from '../auth/user.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { coreDefinitions } from '../core/definitions.ts'
import { customResources } from '../customresources/customresources.ts'
import { coreSchemas } from '../generated/core.ts'
import { startLifecycle, type Lifecycle, type LifecycleOptions } from '../lifecycle/lifecycle.ts'
import { createApiServer } from '../server/api-server.ts'
import type { ApiServer } from '../server/options.ts'
import { limitRangeAdmission } from '../limitrange/admission.ts'
import { priorityAdmission } from '../priority/admission.ts'
import { quotaAdmission } from '../quota/admission.ts'
import { QuotaLedger } from '../quota/ledger.ts'
import type { Store } from '../storage/store.ts'
import type { ApiRequest } from '../transport.ts'

export interface Answer {
  code: number
  headers: Record<string, string | string[]>
  body: JsonObject
}

export interface CoreServer {
  server: ApiServer
  store: Store
  quotas: QuotaLedger
  /** Path with query. `type` is the content type of the body. */
  call: (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Answer>
  lifecycle(options?: Partial<LifecycleOptions>): Lifecycle
  /** Resolves once `holds` is true after some change of the store; it is asked again at every revision. */
  until(holds: () => boolean): Promise<void>
}

export function coreServer(clock: Clock = systemClock): CoreServer {
  const store = createMemoryStore()
  const quotas = new QuotaLedger({ store, clock })
  const crds = customResources({ store, schemas: coreSchemas, clock, logger: silentLogger, random: () => 0 })
  const random = { uuid: () => randomUUID(), number: () => 0.5 }
  const authorizer = { authorize: () => ({ allowed: true, reason: '' }) }
  const dynamic = dynamicAdmission({
    store,
    schemas: coreSchemas,
    authorizer,
    logger: silentLogger,
    clock,
    uuid: random.uuid,
    random: () => 0,
  })
  const server = createApiServer({
    store,
    definitions: [
      ...coreDefinitions({ schemas: coreSchemas, store, random: () => 0 }),
      ...dynamic.definitions,
      ...crds.definitions,
    ],
    schemas: coreSchemas,
    authenticator: { authenticate: async () => internalUser('test') },
    authorizer,
    clock,
    random,
    logger: silentLogger,
    admission: [
      priorityAdmission({ store }),
      limitRangeAdmission({ store }),
      ...dynamic.plugins,
      quotaAdmission(quotas),
    ],
  })
  crds.start(server)
  dynamic.start(server)
  return {
    server,
    store,
    quotas,
    async call(method, path, body, headers = {}) {
      const answer = await server.handler(requestOf(method, path, body, headers))
      if (answer.kind !== 'full') throw new Error(`${method} ${path} gave a ${answer.kind}`)
      const text = answer.body.toString()
      return { code: answer.code, headers: answer.headers, body: text === '' ? {} : (JSON.parse(text) as JsonObject) }
    },
    lifecycle: (options = {}) =>
      startLifecycle({
        store,
        handler: server.handler,
        registry: server.registry,
        clock,
        logger: silentLogger,
        random: () => 0,
        quotas,
        ...options,
      }),
    until: (holds) =>
      new Promise((resolve) => {
        if (holds()) {
          resolve()
          return
        }
        const handle = store.onRevision(() => {
          if (!holds()) return
          handle.close()
          resolve()
        })
      }),
  }
}

export function requestOf(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): ApiRequest {
  const url = new URL(path, 'http://server')
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body))
  return {
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: async () => bytes,
    user: internalUser('test'),
    upgrade: false,
    signal: new AbortController().signal,
  }
}
