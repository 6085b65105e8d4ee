/** Keeps the number of updaters of an object small: the oldest ones become one. */

import { union } from './field-set.ts'
import { byText, identityOf, secondsOf, type ManagerEntry, type Managers } from './managers.ts'

/** Update entries of an object at most, as in Kubernetes. */
const maxUpdaters = 10
const ancient = 'ancient-changes'

/** Merges the oldest updaters of each version into `ancient-changes` until few enough are left. */
export function capUpdaters(managers: Managers): Managers {
  if (managers.size <= maxUpdaters) return managers
  const updaters = [...managers].filter(([, entry]) => entry.operation === 'Update')
  if (updaters.length <= maxUpdaters) return managers
  updaters.sort(([a, left], [b, right]) => secondsOf(left) - secondsOf(right) || byText(a, b))
  const result = new Map(managers)
  const firstOf = new Map<string, string>()
  let left = updaters.length
  for (const [key, entry] of updaters) {
    if (left <= maxUpdaters) break
    const { apiVersion } = entry
    const first = firstOf.get(apiVersion)
    // One of its version is not merged with anything yet, and so stays as it is.
    if (first === undefined) {
      firstOf.set(apiVersion, key)
      continue
    }
    const bucket = { manager: ancient, operation: 'Update', apiVersion, subresource: '' } as const
    const name = identityOf(bucket)
    const before: ManagerEntry | undefined = result.get(name) ?? result.get(first)
    if (!result.has(name)) result.delete(first)
    result.delete(key)
    const fields = before === undefined ? entry.fields : union(before.fields, entry.fields)
    result.set(name, { ...bucket, time: entry.time, fields })
    left -= 1
  }
  return result
}
