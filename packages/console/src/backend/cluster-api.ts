/** A cluster's own API, with the person's own rights: what lists and channels do not carry (creates, patches, dry runs, subresources). */

import type { JsonObject, KubeObject } from '@berth/meta'
import type { ObjectReference, TaskCall } from '@berth/view'
import { request, type RequestOptions } from './request.ts'

type Kind = Pick<ObjectReference, 'group' | 'version' | 'resource'>

export interface WriteOptions {
  /** The server checks everything and writes nothing. */
  dryRun?: boolean
  signal?: AbortSignal
}

export interface ListAnswer<Item extends KubeObject> {
  items: Item[]
  metadata: { continue?: string; remainingItemCount?: number; resourceVersion?: string }
}

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const

function pathOf(kind: Kind, place: { namespace?: string; name?: string; subresource?: string }): string {
  const parts = kind.group === '' ? ['api', kind.version] : ['apis', kind.group, kind.version]
  if (place.namespace !== undefined) parts.push('namespaces', place.namespace)
  parts.push(kind.resource)
  if (place.name !== undefined) parts.push(place.name)
  // `portforward/22` is two parts.
  if (place.subresource !== undefined) parts.push(...place.subresource.split('/'))
  return parts.map(encodeURIComponent).join('/')
}

const written = ({ dryRun, signal }: WriteOptions): Pick<RequestOptions, 'query' | 'signal'> => ({
  query: { fieldValidation: 'Strict', fieldManager: 'berth-console', dryRun: dryRun === true ? 'All' : undefined },
  ...(signal === undefined ? {} : { signal }),
})

const checked = '?fieldValidation=Strict&fieldManager=berth-console'

/** Requests that a task carries out (tasks.ts), so that what became of them outlives the page. */
export const clusterCalls = {
  /** Into `metadata.namespace`, where there is one. */
  create(kind: Kind, object: KubeObject): TaskCall {
    const { namespace } = object.metadata
    return { method: 'POST', path: pathOf(kind, namespace === undefined ? {} : { namespace }) + checked, body: object }
  },
  /** @param object one that was read, with changes; what is no object of the API is for the server to refuse */
  update(reference: Omit<ObjectReference, 'cluster'>, object: KubeObject | JsonObject): TaskCall {
    return { method: 'PUT', path: pathOf(reference, reference) + checked, body: object }
  },
  /** A merge patch: nothing is lost to what somebody else changes meanwhile. */
  patch(reference: Omit<ObjectReference, 'cluster'>, patch: unknown): TaskCall {
    return { method: 'PATCH', path: pathOf(reference, reference) + checked, body: patch }
  },
  delete(reference: Omit<ObjectReference, 'cluster'>): TaskCall {
    return { method: 'DELETE', path: pathOf(reference, reference) }
  },
  subresource(reference: Omit<ObjectReference, 'cluster'>, subresource: string, body: unknown): TaskCall {
    return { method: 'PUT', path: pathOf(reference, { ...reference, subresource }), body }
  },
} as const

/** All throw BackendError with the server's Status. */
export function clusterApi(cluster: string) {
  const prefix = `/api/clusters/${encodeURIComponent(cluster)}/k8s/`
  return {
    async get<Item extends KubeObject>(
      reference: Omit<ObjectReference, 'cluster'>,
      signal?: AbortSignal,
    ): Promise<Item> {
      return request(prefix + pathOf(reference, reference), signal === undefined ? {} : { signal })
    },
    async list<Item extends KubeObject>(
      kind: Kind,
      options: {
        namespace?: string
        labelSelector?: string
        fieldSelector?: string
        limit?: number
        continue?: string
        signal?: AbortSignal
      } = {},
    ): Promise<ListAnswer<Item>> {
      const { namespace, signal, ...query } = options
      const place = namespace === undefined ? {} : { namespace }
      return request(prefix + pathOf(kind, place), { query, ...(signal === undefined ? {} : { signal }) })
    },
    /** Into `metadata.namespace`, where there is one. */
    async create<Item extends KubeObject>(kind: Kind, object: Item, options: WriteOptions = {}): Promise<Item> {
      const { namespace } = object.metadata
      const path = pathOf(kind, namespace === undefined ? {} : { namespace })
      return request(prefix + path, { method: 'POST', body: object, ...written(options) })
    },
    async update<Item extends KubeObject>(kind: Kind, object: Item, options: WriteOptions = {}): Promise<Item> {
      const { namespace, name } = object.metadata
      const path = pathOf(kind, {
        ...(namespace === undefined ? {} : { namespace }),
        ...(name === undefined ? {} : { name }),
      })
      return request(prefix + path, { method: 'PUT', body: object, ...written(options) })
    },
    async patch<Item extends KubeObject>(
      reference: Omit<ObjectReference, 'cluster'>,
      patch: unknown,
      options: WriteOptions & { type?: keyof typeof patchTypes } = {},
    ): Promise<Item> {
      return request(prefix + pathOf(reference, reference), {
        method: 'PATCH',
        body: patch,
        contentType: patchTypes[options.type ?? 'merge'],
        ...written(options),
      })
    },
    async delete(
      reference: Omit<ObjectReference, 'cluster'>,
      options: WriteOptions & { body?: unknown } = {},
    ): Promise<void> {
      await request(prefix + pathOf(reference, reference), {
        method: 'DELETE',
        query: { dryRun: options.dryRun === true ? 'All' : undefined },
        ...(options.body === undefined ? {} : { body: options.body }),
      })
    },
    /** `start`, `guestosinfo`, `portforward/22` …; the group is that of the subresource. */
    async subresource<Answer>(
      reference: Omit<ObjectReference, 'cluster'>,
      subresource: string,
      options: Pick<RequestOptions, 'method' | 'body' | 'query' | 'signal'> = {},
    ): Promise<Answer> {
      return request(prefix + pathOf(reference, { ...reference, subresource }), options)
    },
    /** Anything else: a path such as `version` or `apis/…`. */
    async raw<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
      return request(prefix + path, options)
    },
  }
}
