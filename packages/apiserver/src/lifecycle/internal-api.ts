/** Requests of the server's own controllers, through the same handler that clients use: same admission, same limits. */

import { apiVersionOf, StatusError, type JsonObject, type Status } from '@berth/meta'
import { internalUser } from '../auth/user.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import { servedVersionOf } from '../resource/traits.ts'
import type { ApiHandler } from '../transport.ts'

export interface InternalCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  /** JSON. */
  body?: object
}

export interface InternalApi {
  /** @throws {StatusError} what the server answers with */
  call(request: InternalCall): Promise<JsonObject>
}

/** @param name who it is in logs, audit and owners of fields: `namespace-controller` */
export function internalApi(handler: ApiHandler, name: string, signal: AbortSignal): InternalApi {
  const user = internalUser(`system:serviceaccount:kube-system:${name}`)
  return {
    async call({ method, path, body }) {
      const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const answer = await handler({
        method,
        path,
        query: new URLSearchParams(),
        headers: {
          accept: 'application/json',
          'user-agent': name,
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        body: async () => (body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body))),
        user,
        upgrade: false,
        signal,
      })
      if (answer.kind !== 'full') throw new Error(`${method} ${path} was not answered with an object`)
      // The handler answers a request for JSON with a JSON object.
      const value = JSON.parse(answer.body.toString()) as JsonObject
      if (answer.code < 300) return value
      const status = value as JsonObject & Status
      throw new StatusError(status.reason ?? 'InternalError', status.message ?? `${method} ${path} failed`, {
        httpCode: answer.code,
        ...(status.details === undefined ? {} : { details: status.details }),
      })
    },
  }
}

/** Path of an object, or without a name of its collection. */
export function pathOf(definition: ResourceDefinition, namespace: string | undefined, name?: string): string {
  const target = { group: definition.group, version: servedVersionOf(definition) }
  const words = [definition.group === '' ? 'api' : 'apis', apiVersionOf(target)]
  if (definition.namespaced && namespace !== undefined) words.push('namespaces', encodeURIComponent(namespace))
  words.push(definition.resource)
  if (name !== undefined) words.push(encodeURIComponent(name))
  return `/${words.join('/')}`
}

/** True when the object is not there (any more), or not the one that was meant. */
export function isGone(error: unknown): boolean {
  return error instanceof StatusError && error.code === 'NotFound'
}

export function isConflict(error: unknown): boolean {
  return error instanceof StatusError && (error.code === 'Conflict' || error.code === 'AlreadyExists')
}
