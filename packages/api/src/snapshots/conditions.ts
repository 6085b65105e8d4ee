/** Conditions as the snapshot and clone controllers write them: words in the reason, no message, a new time with new words. */

import { formatTime, type Condition } from '@berth/meta'

export type Words = readonly [type: string, status: 'True' | 'False', reason: string]

/** The list with these put in; the very same list when nothing changed. */
export function withConditions(conditions: Condition[] | undefined, words: readonly Words[], now: Date): Condition[] {
  let list = conditions ?? []
  for (const [type, status, reason] of words) {
    const index = list.findIndex((condition) => condition.type === type)
    const before = list[index]
    if (before?.status === status && before.reason === reason) continue
    const next: Condition = { type, status, reason, lastTransitionTime: formatTime(now) }
    list = before === undefined ? [...list, next] : list.with(index, next)
  }
  return list
}
