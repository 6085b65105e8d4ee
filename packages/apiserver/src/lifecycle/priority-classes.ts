/** The priority classes no cluster is without. */

import { systemPriorityClasses } from '../core/priorityclasses.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import { collectionOf } from '../resource/traits.ts'
import type { Store } from '../storage/store.ts'
import { isConflict, pathOf, type InternalApi } from './internal-api.ts'

export interface PriorityClassesOptions {
  api: InternalApi
  store: Pick<Store, 'get'>
  registry: Pick<ResourceRegistry, 'find'>
}

/** Makes those that are missing, where the kind is served. */
export async function ensurePriorityClasses({ api, store, registry }: PriorityClassesOptions): Promise<void> {
  const definition = registry.find('scheduling.k8s.io', 'v1', 'priorityclasses')
  if (definition === undefined) return
  for (const { name, ...rest } of systemPriorityClasses) {
    if (store.get(collectionOf(definition), name) !== undefined) continue
    const body = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, ...rest }
    try {
      await api.call({ method: 'POST', path: pathOf(definition, undefined), body })
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
}
