/** What a whole pod requests and is limited to, from its containers (component-helpers `resource`). Quotas and limits read it. */

import type { JsonObject, Quantity } from '@berth/meta'
import { objectAt, objectsAt, textAt } from '../core/fields.ts'
import { addTo, raiseTo, readUsage, type Usage } from './usage.ts'

export type AmountKind = 'requests' | 'limits'

/** Resources a pod may state as a whole, over its containers. */
const podLevel = ['cpu', 'memory']

export function containerAmounts(container: JsonObject, kind: AmountKind): Usage {
  return readUsage(objectAt(objectAt(container, 'resources'), kind))
}

/** True when the pod states amounts of its own. */
export function hasPodResources(spec: JsonObject | undefined): boolean {
  const resources = objectAt(spec, 'resources')
  return (['requests', 'limits'] as const).some((kind) => {
    const amounts = objectAt(resources, kind) ?? {}
    return podLevel.some((name) => amounts[name] !== undefined)
  })
}

/**
 * Containers run beside each other, init containers one after the other, except those that are restarted always: these run beside
 * everything that comes after them.
 */
export function podAmounts(spec: JsonObject | undefined, kind: AmountKind): Map<string, Quantity> {
  const sum = new Map<string, Quantity>()
  for (const container of objectsAt(spec, 'containers')) addTo(sum, containerAmounts(container, kind))
  const beside = new Map<string, Quantity>()
  const highest = new Map<string, Quantity>()
  for (const container of objectsAt(spec, 'initContainers')) {
    const own = containerAmounts(container, kind)
    if (textAt(container, 'restartPolicy') === 'Always') {
      addTo(sum, own)
      addTo(beside, own)
      raiseTo(highest, beside)
    } else {
      const then = new Map(beside)
      addTo(then, own)
      raiseTo(highest, then)
    }
  }
  raiseTo(sum, highest)
  const stated = readUsage(objectAt(objectAt(spec, 'resources'), kind))
  for (const name of podLevel) {
    const quantity = stated.get(name)
    if (quantity !== undefined) sum.set(name, quantity)
  }
  return sum
}
