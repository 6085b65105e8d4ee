/** What the table of commands says of actions on a machine. Loaded with every start, so without what carries them out. */

import type { OptionSpec } from '../command.ts'
import type { SubresourceParent } from './target.ts'
import type { Goal } from './wait-for.ts'

export interface MachineAction {
  /** The subresource: `start`. */
  verb: 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'softreboot' | 'reset' | 'freeze' | 'unfreeze'
  parent: SubresourceParent
  /** What is waited for; absent where the answer of the server is all there is to know. */
  goal?: Exclude<Goal['state'], 'deleted'>
  /** `Starting`, `started`. */
  doing: string
  done: string
  /** Said at the end: what one does next. */
  hint?(name: string): string
}

export const waitOptions: readonly OptionSpec[] = [
  { flags: '--no-wait', summary: 'return when the server has taken the request' },
  { flags: '--timeout DURATION', summary: 'how long to wait', default: '5m' },
]
