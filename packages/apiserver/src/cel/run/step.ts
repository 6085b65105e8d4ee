/** What the plans of all kinds of nodes share: a step that evaluates, and how to plan what is inside. */

import type { CelBudget } from '../budget.ts'
import type { CheckedExpression } from '../check/checker.ts'
import type { CelNode } from '../syntax/ast.ts'
import type { CelOutcome, CelValue } from '../values.ts'

export interface Frame {
  readonly bindings: Readonly<Record<string, CelValue>>
  readonly budget: CelBudget
  /** Variables of macros, by slot. */
  readonly slots: CelValue[]
}

export type Step = (frame: Frame) => CelOutcome

export interface Planning {
  readonly checked: CheckedExpression
  plan(node: CelNode): Step
  /** Plans what is inside of a macro that binds names, each in a slot of its own. */
  scoped<T>(names: readonly string[], inside: (slots: readonly number[]) => T): T
}
