/** Equality and copies of JSON values. */

import { setOwn } from './json.ts'

/** Whether two JSON values are the same; the order of object members does not count, and `undefined` members are absent. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, index) => deepEqual(item, right[index]))
  }
  const a = left as Record<string, unknown>
  const b = right as Record<string, unknown>
  let members = 0
  for (const key of Object.keys(a)) {
    if (a[key] === undefined) continue
    members += 1
    if (!Object.hasOwn(b, key) || !deepEqual(a[key], b[key])) return false
  }
  for (const key of Object.keys(b)) if (b[key] !== undefined) members -= 1
  return members === 0
}

/** A copy that shares nothing with its source. For JSON only: no dates, maps or class instances. */
export function deepClone<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  // The copy has the shape of the source, which the compiler cannot follow through the two branches.
  if (Array.isArray(value)) return value.map(deepClone) as T
  const copy: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) setOwn(copy, key, deepClone(member))
  return copy as T
}
