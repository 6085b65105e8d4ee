/** A harbour to test the server with: an invented kind, real stores, requests without a socket. */

import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { silentLogger } from '@berth/base'
import { systemClock } from '../../control-plane/system-clock.ts'
import type { Json, JsonObject, KubeObject, SchemaSet } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { internalUser, type Authorizer, type UserInfo } from '../../auth/user.ts'
import type { ResourceDefinition, SubresourceRequest } from '../../resource/definition.ts'
import type { Store } from '../../storage/store.ts'
import type { ApiAnswer, ApiRequest } from '../../transport.ts'
import { createApiServer } from '../api-server.ts'
import type { ApiServer, ApiServerOptions } from '../options.ts'

const metadata = { type: 'object' } as const

export const boats: ResourceDefinition = {
  group: 'harbour.example',
  versions: [{ name: 'v1' }, { name: 'v1beta1', deprecated: 'harbour.example/v1beta1 Boat is deprecated; use v1' }],
  kind: 'Boat',
  resource: 'boats',
  singular: 'boat',
  shortNames: ['bo'],
  namespaced: true,
  schemaName: 'example.harbour.v1.Boat',
  schema: {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata,
      spec: {
        type: 'object',
        properties: {
          sails: { type: 'integer', minimum: 0 },
          colour: { type: 'string', default: 'white' },
          ballast: { type: 'string', format: 'quantity' },
          crew: {
            type: 'array',
            items: { type: 'object', properties: { name: { type: 'string' }, rank: { type: 'string' } } },
          },
          notes: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      status: { type: 'object', properties: { phase: { type: 'string' }, knots: { type: 'integer' } } },
    },
  },
  status: true,
  columns: [{ name: 'Sails', type: 'integer', value: '.spec.sails' }],
  selectableFields: { 'status.phase': '.status.phase' },
  rules: {
    validate(object) {
      const spec = object['spec'] as JsonObject | undefined
      if (spec?.['colour'] !== 'invisible') return []
      return [
        { reason: 'FieldValueInvalid', field: 'spec.colour', message: 'Invalid value: "invisible": must be seen' },
      ]
    },
  },
  subresources: {
    horn: {
      methods: ['PUT'],
      async handle(request) {
        return {
          kind: 'json',
          code: 202,
          body: { blown: request.name, body: request.body ?? null, rest: request.rest },
        }
      },
    },
    logbook: {
      methods: ['GET'],
      async handle() {
        return { kind: 'stream', contentType: 'text/plain', body: lines(['one\n', 'two\n']) }
      },
    },
    leak: {
      methods: ['GET'],
      async handle() {
        throw new Error('secret inside')
      },
    },
    radio: { methods: ['GET'], handle: (request) => radio(request) },
  },
}

async function* lines(texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

/** Echoes what it hears; hangs up politely on `over`, rudely on `mayday`. */
async function radio(
  _request: SubresourceRequest,
): Promise<{ kind: 'upgrade'; protocol: string; open: (channel: Duplex) => void }> {
  return {
    kind: 'upgrade',
    protocol: 'plain.harbour.example',
    open(channel) {
      channel.on('data', (chunk: Buffer) => {
        const text = chunk.toString()
        if (text === 'over') channel.end()
        else if (text === 'mayday') channel.destroy()
        else channel.write(chunk)
      })
    },
  }
}

/** A built-in kind: cluster-scoped, strategic merge, no status. */
export const piers: ResourceDefinition = {
  group: '',
  versions: [{ name: 'v1' }],
  kind: 'Pier',
  resource: 'piers',
  singular: 'pier',
  namespaced: false,
  strategicMerge: true,
  schemaName: 'example.harbour.v1.Pier',
  schema: {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata,
      berths: {
        type: 'array',
        patchStrategy: 'merge',
        patchMergeKey: 'name',
        items: { type: 'object', properties: { name: { type: 'string' }, boat: { type: 'string' } } },
      },
    },
  },
}

/** Deleting takes a while (as pods do). */
export const tugs: ResourceDefinition = {
  group: '',
  versions: [{ name: 'v1' }],
  kind: 'Tug',
  resource: 'tugs',
  singular: 'tug',
  namespaced: true,
  strategicMerge: true,
  schemaName: 'example.harbour.v1.Tug',
  schema: { type: 'object', properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata } },
  rules: { deletion: { graceSeconds: (_, asked) => asked ?? 30 } },
}

/** A question, not a thing. */
export const tides: ResourceDefinition = {
  group: 'harbour.example',
  versions: [{ name: 'v1' }],
  kind: 'Tide',
  resource: 'tides',
  singular: 'tide',
  namespaced: false,
  verbs: ['create'],
  schemaName: 'example.harbour.v1.Tide',
  schema: { type: 'object', preserveUnknownFields: true },
  async create(object) {
    return { spec: object['spec'] ?? null, status: { high: true } }
  },
}

/** A collection that is an endpoint of its own. */
export const weather: ResourceDefinition = {
  group: 'harbour.example',
  versions: [{ name: 'v1' }],
  kind: 'Weather',
  resource: 'weather',
  singular: 'weather',
  namespaced: false,
  verbs: [],
  schemaName: 'example.harbour.v1.Weather',
  schema: { type: 'object' },
  collection: {
    methods: ['GET'],
    async handle() {
      return { kind: 'json', body: { wind: 'fair' } }
    },
  },
}

export const namespaces: ResourceDefinition = {
  group: '',
  versions: [{ name: 'v1' }],
  kind: 'Namespace',
  resource: 'namespaces',
  singular: 'namespace',
  namespaced: false,
  nameKind: 'dns1123Label',
  strategicMerge: true,
  schemaName: 'example.harbour.v1.Namespace',
  schema: { type: 'object', properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata } },
}

export const schemas: SchemaSet = {}

export interface Reply {
  code: number
  headers: Record<string, string | string[]>
  text: string
  /** Parsed when it is JSON. */
  json: JsonObject & Partial<KubeObject>
}

export interface Ask {
  body?: Json | object | string | Buffer
  type?: string
  headers?: Record<string, string>
  user?: UserInfo
  signal?: AbortSignal
}

export interface Harbour {
  server: ApiServer
  store: Store
  ask(method: string, path: string, ask?: Ask): Promise<Reply>
  /** The raw answer, for streams. */
  answer(method: string, path: string, ask?: Ask): Promise<ApiAnswer>
  close(): Promise<void>
}

export const sailor: UserInfo = { name: 'sailor', groups: ['system:authenticated'] }

export const allowAll: Authorizer = { authorize: () => ({ allowed: true, reason: '' }) }

/** A server with the namespaces `default` and `other`. */
export async function openHarbour(
  options: Partial<ApiServerOptions> & { historyLimit?: number } = {},
): Promise<Harbour> {
  const { historyLimit, ...rest } = options
  const store = options.store ?? createMemoryStore(historyLimit === undefined ? {} : { historyLimit })
  const server = createApiServer({
    store,
    definitions: [namespaces, boats, piers, tugs, tides, weather],
    schemas,
    authenticator: { authenticate: async () => internalUser('admin') },
    authorizer: allowAll,
    clock: systemClock,
    random: { uuid: randomUUID, number: Math.random },
    logger: silentLogger,
    ...rest,
  })
  const answer = (method: string, path: string, ask: Ask = {}): Promise<ApiAnswer> =>
    server.handler(requestOf(method, path, ask))
  const harbour: Harbour = {
    server,
    store,
    answer,
    ask: async (method, path, ask) => readReply(await answer(method, path, ask)),
    async close() {
      await server.close()
      await store.close()
    },
  }
  for (const name of ['default', 'other']) {
    await harbour.ask('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      user: internalUser('setup'),
    })
  }
  return harbour
}

function requestOf(method: string, path: string, ask: Ask): ApiRequest {
  const [plain = '', query = ''] = path.split('?', 2)
  const body =
    typeof ask.body === 'string' || Buffer.isBuffer(ask.body) || ask.body === undefined
      ? Buffer.from(ask.body ?? '')
      : Buffer.from(JSON.stringify(ask.body))
  return {
    method,
    path: plain,
    query: new URLSearchParams(query),
    headers: { 'content-type': ask.type ?? 'application/json', ...ask.headers },
    body: async () => body,
    user: ask.user ?? sailor,
    upgrade: false,
    signal: ask.signal ?? new AbortController().signal,
  }
}

export async function readReply(answer: ApiAnswer): Promise<Reply> {
  if (answer.kind === 'upgrade') throw new Error('an upgrade was answered')
  const chunks: Uint8Array[] = []
  if (answer.kind === 'stream') for await (const chunk of answer.body) chunks.push(chunk)
  else chunks.push(Buffer.from(answer.body))
  const text = Buffer.concat(chunks).toString()
  const isJson = String(answer.headers['content-type'] ?? '').startsWith('application/json') && answer.kind === 'full'
  return { code: answer.code, headers: answer.headers, text, json: isJson && text !== '' ? JSON.parse(text) : {} }
}

export const boatsPath = '/apis/harbour.example/v1/namespaces/default/boats'

export function boat(name: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'harbour.example/v1', kind: 'Boat', metadata: { name }, ...more }
}

/** Reads watch events one at a time. */
export async function* events(answer: ApiAnswer): AsyncGenerator<{ type: string; object: JsonObject & KubeObject }> {
  if (answer.kind !== 'stream') throw new Error('no stream was answered')
  let rest = ''
  for await (const chunk of answer.body) {
    rest += Buffer.from(chunk).toString()
    const frames = rest.split('\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) yield JSON.parse(frame)
  }
}
