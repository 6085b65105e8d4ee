/** A check as data. */

import type { CommandContext } from '../context.ts'

export type Verdict = 'ok' | 'warn' | 'fail'

export interface Finding {
  verdict: Verdict
  /** What was found. */
  detail: string
  /** What to do about it; with everything that is not ok. */
  remedy?: string
}

export interface Check {
  id: string
  title: string
  /** Why it matters is said by its remedy. Never throws for what it looks for. */
  run(context: CommandContext): Promise<Finding>
}

export interface Result extends Finding {
  id: string
  title: string
}
