/**
 * A small real HTTP server that stores objects as an API server does (revisions, paging, watches with a short history) and breaks
 * on demand: cut connections, 410, 500, garbage in a watch. For tests of whatever must survive that.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { KubeObject } from '@berth/meta'

export type Fault =
  /** Every connection is cut now. */
  | 'cut'
  /** Open watches end normally. */
  | 'endWatches'
  /** Open watches get a line that is not JSON. */
  | 'garbage'
  /** Open watches get half an event and are cut. */
  | 'halfEvent'
  /** The history is forgotten: the next watch from an old revision gets 410. */
  | 'compact'
  /** The next list is refused with 500. */
  | 'failList'

interface Watch {
  response: ServerResponse
  collection: string
}

interface HistoryEvent {
  collection: string
  revision: number
  line: string
}

export interface FaultInjector {
  readonly url: string
  /** Requests so far as `METHOD /path?query`. */
  readonly requests: string[]
  readonly openWatches: number
  inject(fault: Fault): void
  /** Objects of a collection path (`/api/v1/configmaps`), by `namespace/name`. */
  state(collection: string): Map<string, KubeObject>
  close(): Promise<void>
}

export async function startFaultInjector(): Promise<FaultInjector> {
  const collections = new Map<string, Map<string, KubeObject>>()
  const watches = new Set<Watch>()
  const sockets = new Set<Socket>()
  const requests: string[] = []
  let history: HistoryEvent[] = []
  let revision = 1
  let compacted = 0
  let uids = 0
  let failLists = 0

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })

  function state(collection: string): Map<string, KubeObject> {
    const known = collections.get(collection) ?? new Map<string, KubeObject>()
    collections.set(collection, known)
    return known
  }

  function publish(collection: string, type: string, object: KubeObject): void {
    const line = `${JSON.stringify({ type, object })}\n`
    history.push({ collection, revision, line })
    for (const watch of watches) if (watch.collection === collection) watch.response.write(line)
  }

  function put(collection: string, key: string, object: KubeObject): KubeObject {
    const previous = state(collection).get(key)
    revision += 1
    const uid = previous?.metadata.uid ?? `uid-${(uids += 1)}`
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(revision) } }
    state(collection).set(key, stored)
    publish(collection, previous === undefined ? 'ADDED' : 'MODIFIED', stored)
    return stored
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const place = parsePath(url.pathname)
    const body = JSON.parse((await textOf(request)) || '{}') as KubeObject & { spec?: object }
    const objects = state(place.collection)
    const name = place.name ?? body.metadata?.name ?? ''
    const key = place.namespace === undefined ? name : `${place.namespace}/${name}`
    const known = objects.get(key)
    if (request.method === 'GET' && place.name === undefined) {
      return url.searchParams.has('watch') ? watch(place, url, response) : list(place, url, response)
    }
    if (request.method === 'POST') {
      if (known !== undefined) return refuse(response, 409, 'AlreadyExists')
      const metadata = place.namespace === undefined ? body.metadata : { ...body.metadata, namespace: place.namespace }
      return answer(response, 201, put(place.collection, key, { ...body, metadata }))
    }
    if (known === undefined) return refuse(response, 404, 'NotFound')
    if (request.method === 'GET') return answer(response, 200, known)
    if (request.method === 'PUT') {
      const expected = body.metadata.resourceVersion
      if (expected !== undefined && expected !== known.metadata.resourceVersion)
        return refuse(response, 409, 'Conflict')
      return answer(response, 200, put(place.collection, key, body))
    }
    if (request.method === 'PATCH')
      return answer(response, 200, put(place.collection, key, { ...known, ...body, metadata: known.metadata }))
    objects.delete(key)
    revision += 1
    const last = { ...known, metadata: { ...known.metadata, resourceVersion: String(revision) } }
    publish(place.collection, 'DELETED', last)
    answer(response, 200, last)
  }

  /** Continues at the live state, not at a snapshot: as a real server does after compaction, and harder on the client. */
  function list(place: Place, url: URL, response: ServerResponse): void {
    if (failLists > 0) {
      failLists -= 1
      return refuse(response, 500, 'InternalError')
    }
    const [snapshot, after] = (url.searchParams.get('continue') ?? `${revision}:`).split(/:(.*)/)
    if (Number(snapshot) < compacted) return refuse(response, 410, 'Expired')
    if (Number(snapshot) !== revision && after !== '') return refuse(response, 410, 'Expired')
    const limit = Number(url.searchParams.get('limit') ?? Infinity)
    const keys = [...state(place.collection).keys()].sort().filter((key) => key > (after ?? ''))
    const page = keys.slice(0, limit)
    const items = page.map((key) => state(place.collection).get(key))
    const metadata = {
      resourceVersion: snapshot,
      ...(keys.length > page.length ? { continue: `${snapshot}:${page.at(-1)}` } : {}),
    }
    answer(response, 200, { apiVersion: 'v1', kind: 'List', metadata, items })
  }

  function watch(place: Place, url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion'))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (from < compacted) {
      const object = { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message: 'too old' }
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
      return
    }
    const open = { response, collection: place.collection }
    watches.add(open)
    response.on('close', () => watches.delete(open))
    for (const event of history) {
      if (event.collection === place.collection && event.revision > from) response.write(event.line)
    }
    const bookmark = { apiVersion: 'v1', kind: 'Bookmark', metadata: { resourceVersion: String(revision) } }
    response.write(`${JSON.stringify({ type: 'BOOKMARK', object: bookmark })}\n`)
  }

  const faults: Record<Fault, () => void> = {
    cut: () => sockets.forEach((socket) => socket.destroy()),
    endWatches: () => {
      for (const { response } of watches) response.end()
      watches.clear()
    },
    garbage: () => watches.forEach(({ response }) => response.write('{"type": nonsense}\n')),
    halfEvent: () => {
      for (const { response } of watches) response.write('{"type":"ADDED","obj', () => response.destroy())
      watches.clear()
    },
    compact: () => {
      revision += 1
      compacted = revision
      history = []
      faults.endWatches()
    },
    failList: () => {
      failLists += 1
    },
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get openWatches() {
      return watches.size
    },
    inject: (fault) => faults[fault](),
    state,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        faults.cut()
      }),
  }
}

interface Place {
  collection: string
  namespace?: string
  name?: string
}

function parsePath(path: string): Place {
  const match = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?$/.exec(path)
  if (match === null) throw new Error(`no such path ${path}`)
  const [, prefix, namespace, resource, name] = match
  return {
    collection: `${prefix}/${resource}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function answer(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function refuse(response: ServerResponse, code: number, reason: string): void {
  answer(response, code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code,
    reason,
    message: reason,
  })
}
