/** Commands as data. Adding one is a file in commands/ and a line in commands/index.ts. */

import type { CommandContext } from './context.ts'
import type { Input } from './input.ts'

/** What a shell may offer for a value. */
export type Completion =
  | 'machine'
  | 'image'
  | 'instancetype'
  | 'preference'
  | 'template'
  | 'snapshot'
  | 'disk'
  | 'storageclass'
  | 'policy'
  | 'file'
  | 'namespace'
  | 'context'
  | readonly string[]

export interface ArgumentSpec {
  /** Upper case: `NAME`. */
  name: string
  summary: string
  optional?: boolean
  /** Takes all that follow, options of other programs included. */
  variadic?: boolean
  completion?: Completion
}

export interface OptionSpec {
  /** As in help: `-o, --output FORMAT`, `--wait`, `--no-wait`. */
  flags: string
  summary: string
  default?: string
  choices?: readonly string[]
  /** May be given several times. */
  repeatable?: boolean
  completion?: Completion
}

export interface CommandSpec {
  /** Words as typed: `vm create`. */
  name: string
  summary: string
  /** More than the summary, for `--help`. */
  description?: string
  args?: readonly ArgumentSpec[]
  options?: readonly OptionSpec[]
  /** Command lines without the leading `berth`; one that calls it as `$(berth …)` stands for itself. */
  examples: readonly string[]
  /** Left out of help and completion. */
  hidden?: boolean
  run(input: Input, context: CommandContext): Promise<void>
}

/** What a group of commands is for: `vm`. */
export interface CommandGroup {
  name: string
  summary: string
}
