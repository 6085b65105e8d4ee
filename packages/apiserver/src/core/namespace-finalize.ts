/** `PUT /api/v1/namespaces/<name>/finalize`: replaces `spec.finalizers`; the namespace goes when none is left. */

import { badRequest, conflict, isJsonObject, notFound, type Json } from '@berth/meta'
import type { Subresource, SubresourceRequest } from '../resource/definition.ts'
import { decodeStored, encodeObject } from '../rest/stored-form.ts'
import { StoreError, type Store } from '../storage/store.ts'
import { ensureObject, objectAt, textsAt } from './fields.ts'

const target = { group: '', resource: 'namespaces' }
const collection = 'core/namespaces'

export function namespaceFinalize(store: Pick<Store, 'get' | 'write'>): Subresource {
  return {
    methods: ['PUT'],
    kind: { group: '', version: 'v1', kind: 'Namespace' },
    async handle(request) {
      const finalizers = wanted(request)
      const stored = store.get(collection, request.name)
      if (stored === undefined) throw notFound(target, request.name)
      const object = decodeStored(stored.value)
      const asked = isJsonObject(request.body) ? objectAt(request.body, 'metadata')?.['resourceVersion'] : undefined
      if (asked !== undefined && asked !== object.metadata.resourceVersion) throw changed(request.name)
      ensureObject(object, 'spec')['finalizers'] = finalizers

      const done =
        object.metadata.deletionTimestamp !== undefined &&
        finalizers.length === 0 &&
        (object.metadata.finalizers ?? []).length === 0
      if (!request.dryRun) {
        const write = { collection, key: request.name, expect: stored.revision }
        const encode = (revision: number): Buffer => encodeObject(object, revision)
        try {
          const [revision] = await store.write([{ op: done ? 'delete' : 'put', ...write, encode }])
          object.metadata.resourceVersion = String(revision)
        } catch (error) {
          if (error instanceof StoreError && error.code === 'Conflict') throw changed(request.name)
          throw error
        }
      }
      return { kind: 'json', body: object }
    },
  }
}

function changed(name: string): Error {
  return conflict(
    target,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  )
}

function wanted(request: SubresourceRequest): string[] {
  const body: Json | undefined = request.body
  if (!isJsonObject(body) || body['kind'] !== 'Namespace') throw badRequest('the body must be a Namespace')
  return textsAt(objectAt(body, 'spec'), 'finalizers')
}
