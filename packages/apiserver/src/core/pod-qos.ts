/** Quality of service of a pod, from the requests and limits of its containers (core/v1 `ComputePodQOS`). */

import { compareQuantities, parseQuantity, type JsonObject } from '@berth/meta'
import { objectAt, objectsAt } from './fields.ts'

const counted = ['cpu', 'memory'] as const

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

export function qosClassOf(spec: JsonObject): QosClass {
  const containers = [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')]
  let any = false
  let guaranteed = true
  for (const container of containers) {
    const resources = objectAt(container, 'resources')
    for (const name of counted) {
      const request = positive(objectAt(resources, 'requests'), name)
      const limit = positive(objectAt(resources, 'limits'), name)
      any ||= request !== undefined || limit !== undefined
      guaranteed &&= limit !== undefined && (request === undefined || compareQuantities(request, limit) === 0)
    }
  }
  return any ? (guaranteed ? 'Guaranteed' : 'Burstable') : 'BestEffort'
}

/** The quantity when it is one and more than zero; malformed ones are the schema's business. */
function positive(amounts: JsonObject | undefined, name: string): string | undefined {
  const value = amounts?.[name]
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  try {
    return parseQuantity(text).nanos > 0n ? text : undefined
  } catch {
    return undefined
  }
}
