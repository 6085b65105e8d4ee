/** Keeps `status.typeChecking` of ValidatingAdmissionPolicies up to their generation (the controller of Kubernetes of that name). */

import type { Clock, Logger } from '@berth/base'
import { numberAt, objectAt } from '../../core/fields.ts'
import { internalApi, isGone } from '../../lifecycle/internal-api.ts'
import { KeyQueue } from '../../lifecycle/key-queue.ts'
import type { ResourceRegistry } from '../../resource/registry.ts'
import { decodeStored } from '../../rest/stored-form.ts'
import type { Store } from '../../storage/store.ts'
import type { ApiHandler } from '../../transport.ts'
import { typeWarnings } from './type-check.ts'

export interface TypeCheckOptions {
  store: Store
  registry: ResourceRegistry
  handler: ApiHandler
  clock: Clock
  logger: Logger
  /** A number in [0, 1), for jitter. */
  random: () => number
}

const collection = 'admissionregistration.k8s.io/validatingadmissionpolicies'

/** @returns stops it */
export function startTypeChecking(options: TypeCheckOptions): () => Promise<void> {
  const { store, registry, handler } = options
  const ended = new AbortController()
  const api = internalApi(handler, 'validatingadmissionpolicy-status-controller', ended.signal)
  const queue = new KeyQueue({
    ...options,
    name: 'policy type checking',
    workers: 1,
    async reconcile(name) {
      const stored = store.get(collection, name)
      if (stored === undefined) return
      const policy = decodeStored(stored.value)
      const { generation = 0 } = policy.metadata
      if (numberAt(objectAt(policy, 'status'), 'observedGeneration') === generation) return
      const expressionWarnings = typeWarnings(policy, registry)
      // In a merge patch null takes away the warnings of an older generation.
      const typeChecking = { expressionWarnings: expressionWarnings.length === 0 ? null : expressionWarnings }
      const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${encodeURIComponent(name)}/status`
      try {
        await api.call({ method: 'PATCH', path, body: { status: { observedGeneration: generation, typeChecking } } })
      } catch (error) {
        if (!isGone(error)) throw error
      }
    },
  })
  const { items, revision } = store.list(collection)
  for (const { key } of items) queue.add(key)
  const watch = store.watch(collection, { from: revision }, ({ type, key }) => {
    if (type === 'put') queue.add(key)
  })
  return async () => {
    watch.close()
    ended.abort()
    await queue.stop()
  }
}
