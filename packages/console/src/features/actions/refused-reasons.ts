/** Refused objects by reason, the most frequent first. Pure. */

import type { Plan } from '@berth/view'

export interface ReasonGroup {
  why: string
  names: string[]
}

export function groupByReason(refused: Plan['refused']): ReasonGroup[] {
  const groups = new Map<string, string[]>()
  for (const { target, why } of refused) {
    const names = groups.get(why) ?? []
    names.push(target.name)
    groups.set(why, names)
  }
  return [...groups]
    .map(([why, names]) => ({ why, names }))
    .toSorted((one, other) => other.names.length - one.names.length)
}
