/**
 * Whether two parts of a spec say the same: absent, null and empty list or map are one, and quantities are compared by value (1Gi
 * is 1024Mi).
 */

import { compareQuantities, isJsonObject, parseQuantity } from '@berth/meta'

/** Members that are quantities wherever they stand in a machine's spec. */
const quantityMembers: ReadonlySet<string> = new Set(['guest', 'maxGuest', 'capacity', 'addedOverhead', 'sizeLimit'])
/** Maps whose values are all quantities. */
const quantityMaps: ReadonlySet<string> = new Set(['requests', 'limits'])
/** Maps, not structures: empty says as little as absent. (An empty structure can switch a device on: `rng: {}`.) */
const maps: ReadonlySet<string> = new Set([
  'requests',
  'limits',
  'nodeSelector',
  'matchLabels',
  'labels',
  'annotations',
])

/** @param name the member that holds both values, '' for none */
export function semanticallyEqual(left: unknown, right: unknown, name = ''): boolean {
  const [a, b] = [present(left, name), present(right, name)]
  if (a === undefined || b === undefined) return a === b
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((entry, index) => semanticallyEqual(entry, b[index]))
  }
  if (isJsonObject(a)) {
    if (!isJsonObject(b)) return false
    const members = new Set([...Object.keys(a), ...Object.keys(b)])
    const below = quantityMaps.has(name) ? 'guest' : undefined
    return [...members].every((member) => semanticallyEqual(a[member], b[member], below ?? member))
  }
  if (a === b) return true
  return quantityMembers.has(name) && sameQuantity(a, b)
}

function present(value: unknown, name: string): unknown {
  if (value === null || (Array.isArray(value) && value.length === 0)) return undefined
  return maps.has(name) && isJsonObject(value) && Object.keys(value).length === 0 ? undefined : value
}

function sameQuantity(left: unknown, right: unknown): boolean {
  try {
    return compareQuantities(parseQuantity(String(left)), parseQuantity(String(right))) === 0
  } catch {
    // Not quantities after all; they were not the same text either.
    return false
  }
}
