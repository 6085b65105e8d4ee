/** Asks the disruption budget of a pod before it is evicted, and takes the eviction off it (Kubernetes' eviction subresource). */

import { conflict, StatusError } from '@berth/meta'
import { numberAt, objectAt, textAt } from '../core/fields.ts'
import type { Subresource } from '../resource/definition.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { decodeStored, encodeObject } from '../rest/stored-form.ts'
import { refusal } from '../server/attributes.ts'
import { StoreError, type Store } from '../storage/store.ts'
import { concerns, isIdle, isReady, withEviction } from './budget.ts'

const budgets = 'policy/poddisruptionbudgets'
/** Evictions allowed that nobody has confirmed; more means that nobody ever will. */
const maxPending = 2000
const tries = 5

type EvictionStore = Pick<Store, 'get' | 'list' | 'write'>

/** The eviction that whoever runs pods brings, behind their budgets. */
export function budgetedEviction(eviction: Subresource, store: EvictionStore): Subresource {
  return {
    ...eviction,
    async handle(request) {
      const { namespace = '', name, now, dryRun } = request
      const stored = store.get('core/pods', `${namespace}/${name}`)
      const pod = stored === undefined ? undefined : decodeStored(stored.value)
      if (request.method === 'POST' && pod !== undefined && !isIdle(pod)) await spend(store, { pod, now, dryRun })
      return eviction.handle(request)
    },
  }
}

/** @throws {StatusError} TooManyRequests while the budget has no room */
async function spend(
  store: EvictionStore,
  { pod, now, dryRun }: { pod: ApiObject; now: Date; dryRun: boolean },
): Promise<void> {
  const namespace = pod.metadata.namespace ?? ''
  for (let failures = 0; failures < tries; failures += 1) {
    const found = store
      .list(budgets, { prefix: `${namespace}/` })
      .items.map((item) => ({ ...item, budget: decodeStored(item.value) }))
      .filter(({ budget }) => concerns(budget, pod))
    const [first, ...others] = found
    if (first === undefined) return
    if (others.length > 0) {
      const why = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
      throw new StatusError('InternalError', why, { httpCode: 500 })
    }
    const { budget, key, revision } = first
    if (needsNoRoom(budget, pod)) return
    checkRoom(budget)
    if (dryRun) return
    budget['status'] = withEviction(objectAt(budget, 'status') ?? {}, pod.metadata.name ?? '', now)
    const encode = (next: number): Buffer => encodeObject(budget, next)
    try {
      await store.write([{ op: 'put', collection: budgets, key, expect: revision, encode }])
      return
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'Conflict') throw error
    }
  }
  throw conflict(
    { group: 'policy', resource: 'poddisruptionbudgets' },
    namespace,
    'the budget keeps changing; try again',
  )
}

/** A pod that is not healthy takes nothing away from those that are. */
function needsNoRoom(budget: ApiObject, pod: ApiObject): boolean {
  if (isReady(pod)) return false
  if (textAt(objectAt(budget, 'spec'), 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return true
  const status = objectAt(budget, 'status')
  const desired = numberAt(status, 'desiredHealthy')
  return desired > 0 && numberAt(status, 'currentHealthy') >= desired
}

function checkRoom(budget: ApiObject): void {
  const name = budget.metadata.name ?? ''
  const status = objectAt(budget, 'status')
  if (numberAt(status, 'observedGeneration') < (budget.metadata.generation ?? 0)) {
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10)
  }
  if (Object.keys(objectAt(status, 'disruptedPods') ?? {}).length > maxPending) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    throw refusal({ group: 'policy', resource: 'poddisruptionbudgets' }, name, why)
  }
  if (numberAt(status, 'disruptionsAllowed') > 0) return
  const [desired, healthy] = [numberAt(status, 'desiredHealthy'), numberAt(status, 'currentHealthy')]
  throw tooMany(`The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`, 0)
}

function tooMany(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: {
      causes: [{ reason: 'DisruptionBudget', message }],
      ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
    },
  })
}
