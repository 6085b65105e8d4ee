import type { ActionId, Selection, Tone } from '@berth/view'
import type { IconName } from '../../ui/index.ts'

/** A line of the command bar. */
export interface Entry {
  id: string
  label: string
  /** At its end: a state, how many are touched. */
  detail?: string
  tone?: Tone
  icon?: IconName
  /** Why it can't be chosen. */
  reason?: string | undefined
  /** What Enter does. */
  does:
    | { kind: 'go'; href: string }
    | { kind: 'type'; text: string }
    | { kind: 'run'; run: () => void }
    | { kind: 'ask'; action: ActionId; selection: Selection; name?: string }
}
