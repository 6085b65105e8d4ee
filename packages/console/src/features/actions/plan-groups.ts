/** Parts of a plan with the same words put together, the most frequent first. Pure. */

import type { ObjectReference } from '@berth/view'

export interface NamedGroup {
  words: string
  targets: ObjectReference[]
}

export function groupByWords(items: readonly { target: ObjectReference; words: string }[]): NamedGroup[] {
  const groups = new Map<string, ObjectReference[]>()
  for (const { target, words } of items) {
    const targets = groups.get(words) ?? []
    targets.push(target)
    groups.set(words, targets)
  }
  return [...groups]
    .map(([words, targets]) => ({ words, targets }))
    .toSorted((one, other) => other.targets.length - one.targets.length)
}

/** A server's words without the name of the piece of it that refused. */
export function plainReason(text: string): string {
  return text.replace(/^admission webhook "[^"]{1,253}" denied the request: /, '')
}
