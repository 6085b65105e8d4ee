/** The typed client over any transport. */

import { type Json, type KubeList, type KubeObject, type Resource } from '@berth/meta'
import { isRecord, readAnswer, readText, statusErrorFrom, statusErrorOf } from './answer.ts'
import type {
  Client,
  ListParams,
  PatchBody,
  Target,
  Transport,
  TransportRequest,
  WatchEvent,
  WriteParams,
} from './contract.ts'
import { ClientError } from './errors.ts'
import { deleteOptions, listQuery, pathOf, queryOf, writeQuery } from './paths.ts'
import { decodeLines } from './watch-decoder.ts'

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const satisfies Record<PatchBody['type'], string>

export function createClient(transport: Transport): Client {
  async function call(method: string, path: string, body?: { text: string; type: string }): Promise<unknown> {
    const headers: Record<string, string> = { accept: 'application/json' }
    const request: TransportRequest = { method, path, headers }
    if (body !== undefined) {
      headers['content-type'] = body.type
      request.body = body.text
    }
    return readAnswer(await transport.request(request))
  }

  async function object<T extends KubeObject>(
    method: string,
    path: string,
    body?: { text: string; type: string },
  ): Promise<T> {
    const answer = await call(method, path, body)
    if (!isRecord(answer) || !isRecord(answer['metadata'])) throw notAnObject(method, path)
    // The server's schema is the type's source; checking it again here would make every new field a failure.
    return answer as unknown as T
  }

  return {
    transport,

    get: (resource, target) => object('GET', objectPath(resource, target)),

    async list<T extends KubeObject>(resource: Resource<T>, params: ListParams = {}): Promise<KubeList<T>> {
      const path = collectionPath(resource, params.namespace) + queryOf(listQuery(params))
      const answer = await call('GET', path)
      if (!isRecord(answer) || !isRecord(answer['metadata'])) throw notAnObject('GET', path)
      // Checked as far as the envelope goes; the objects in it are the server's word, as above.
      const list = answer as unknown as KubeList<T>
      // Go servers write a nil slice as null.
      const items: unknown = answer['items'] ?? []
      if (!Array.isArray(items)) throw notAnObject('GET', path)
      const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
      // Items of a typed list carry no apiVersion and kind on the wire of kube-apiserver; objects elsewhere do.
      list.items = items.map((item: T) => (item.kind ? item : { ...item, apiVersion, kind: resource.kind }))
      return list
    },

    watch: (resource, params) => watch(transport, resource, params),

    create: (resource, object_, params = {}) =>
      object('POST', collectionPath(resource, object_.metadata.namespace) + queryOf(writeQuery(params)), json(object_)),

    update: (resource, object_, params = {}) =>
      object('PUT', objectPath(resource, targetOf(object_)) + queryOf(writeQuery(params)), json(object_)),

    updateStatus: (resource, object_) =>
      object('PUT', objectPath(resource, { ...targetOf(object_), subresource: 'status' }), json(object_)),

    patch: (resource, target, patch, params: WriteParams = {}) =>
      object('PATCH', objectPath(resource, target) + queryOf(writeQuery(params)), {
        text: JSON.stringify(patch.patch),
        type: patchTypes[patch.type],
      }),

    async delete(resource, target, params = {}) {
      await call('DELETE', objectPath(resource, target), { text: deleteOptions(params), type: 'application/json' })
    },

    async raw({ method, path, body, signal }) {
      const headers: Record<string, string> = { accept: 'application/json, */*' }
      const request: TransportRequest = { method, path, headers }
      if (signal !== undefined) request.signal = signal
      if (body !== undefined) {
        headers['content-type'] = method === 'PATCH' ? patchTypes.merge : 'application/json'
        request.body = JSON.stringify(body)
      }
      return (await readAnswer(await transport.request(request))) as Json | undefined // JSON.parse makes nothing else
    },
  }
}

/**
 * The bytes of an answer that is not JSON and may not end (`…/log?follow=true`).
 * @throws {StatusError} when the server refuses
 */
export async function openStream(
  client: Client,
  request: { path: string; signal?: AbortSignal },
): Promise<AsyncIterable<Uint8Array>> {
  const response = await client.transport.request({ method: 'GET', headers: { accept: '*/*' }, ...request })
  if (response.code !== 200) throw statusErrorOf(response.code, await readText(response))
  return response.body
}

const eventTypes = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'])

async function* watch<T extends KubeObject>(
  transport: Transport,
  resource: Resource<T>,
  params: ListParams & { resourceVersion: string; signal: AbortSignal; timeoutSeconds?: number; onOpen?: () => void },
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const query = queryOf({
    ...listQuery(params),
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds: params.timeoutSeconds,
  })
  const path = collectionPath(resource, params.namespace) + query
  const { signal } = params
  try {
    const response = await transport.request({ method: 'GET', path, headers: { accept: 'application/json' }, signal })
    if (response.code !== 200) throw statusErrorOf(response.code, await readText(response))
    params.onOpen?.()
    for await (const event of decodeLines(response.body)) {
      if (!isRecord(event) || !isRecord(event['object'])) throw badEvent(path, event)
      if (event['type'] === 'ERROR') throw statusErrorFrom(event['object'], 500)
      if (typeof event['type'] !== 'string' || !eventTypes.has(event['type'])) throw badEvent(path, event)
      if (!isRecord(event['object']['metadata'])) throw badEvent(path, event)
      yield event as unknown as WatchEvent<T> // checked above as far as the envelope goes
    }
  } catch (error) {
    if (signal.aborted) return // the caller's own wish is an end, not a failure
    throw error
  }
}

function objectPath(resource: Resource<KubeObject>, target: Target & { subresource?: string }): string {
  if (resource.namespaced && target.namespace === undefined) {
    throw new ClientError('InvalidName', `${resource.kind} "${target.name}" needs a namespace`)
  }
  const { namespace, ...rest } = target
  return pathOf(resource, resource.namespaced && namespace !== undefined ? { ...rest, namespace } : rest)
}

function collectionPath(resource: Resource<KubeObject>, namespace: string | undefined): string {
  return pathOf(resource, resource.namespaced && namespace !== undefined ? { namespace } : {})
}

function targetOf(object: KubeObject): Target {
  const { name, namespace } = object.metadata
  if (name === undefined) throw new ClientError('InvalidName', `a ${object.kind} without a name cannot be updated`)
  return namespace === undefined ? { name } : { name, namespace }
}

function json(object: KubeObject): { text: string; type: string } {
  return { text: JSON.stringify(object), type: 'application/json' }
}

function notAnObject(method: string, path: string): ClientError {
  return new ClientError('Protocol', `the answer to ${method} ${path} is not an API object`)
}

function badEvent(path: string, event: unknown): ClientError {
  return new ClientError('Protocol', `watch ${path} sent no event: ${JSON.stringify(event).slice(0, 80)}`)
}
