/** Why an action is not possible now: known sentences of servers in the reader's language, others as they are. */

import type { TFunction } from 'i18next'
import { plainReason } from './plan-groups.ts'

/** The first that fits; words are `reason.<key>`. */
const known: readonly [RegExp, string][] = [
  [/^VMI? is not (running|started)\b/, 'notRunning'],
  [/^Failed to reset non-running VMI/, 'notRunning'],
  [/^VM is already running$/, 'running'],
  [/^VMI is (already )?paused$/, 'paused'],
  [/^VMI is not paused$/, 'notPaused'],
  [/^VMI is in failed status$/, 'failed'],
  [/^VM is being deleted$/, 'deleting'],
  [/^VM snapshot is in progress$/, 'snapshot'],
  [/^VMI (neither have the agent|does not have guest agent)/, 'agent'],
  [/^RunStat?r?egy (\w+) does not support manual restart/, 'restart'],
  [/nodes of the embedded engine share one host/, 'oneHost'],
]

/** @param t of any namespace */
export function reasonWords(t: TFunction, why: string): string {
  const plain = plainReason(why)
  for (const [form, key] of known) {
    const match = form.exec(plain)
    if (match !== null) return t(`actions:reason.${key}`, { strategy: match[1] ?? '' })
  }
  return plain
}
