/** From text to a program: parse, check, and the closures that evaluate. */

import type { CelBudget } from './budget.ts'
import { checkExpression, type CheckedExpression } from './check/checker.ts'
import { estimateCost, type CostEstimate, type SizeEstimator } from './check/estimate.ts'
import type { CelEnvironment } from './environment.ts'
import { CelEvaluationError } from './errors.ts'
import { planExpression } from './run/plan.ts'
import type { CelNode } from './syntax/ast.ts'
import { parseCel } from './syntax/parser.ts'
import type { CelType } from './types.ts'
import { CelFailure, type CelValue } from './values.ts'

export interface CelProgram {
  readonly resultType: CelType
  readonly ast: CelNode
  /** Variables and other identifiers the expression refers to. */
  readonly references: ReadonlySet<string>
  /** What an evaluation costs at least and at most, given the sizes of what the variables hold. */
  estimateCost(sizes: SizeEstimator): CostEstimate
  /**
   * @param bindings a value for each variable; one that is missing fails where it is used
   * @throws CelEvaluationError when the expression has no value
   * @throws CelBudgetExceeded when it was cut off
   */
  evaluate(bindings: Readonly<Record<string, CelValue>>, budget: CelBudget): CelValue
}

/**
 * Compiles an expression against an environment.
 * @throws CelCompileError with all that is wrong, in cel-go's words
 */
export function compileCel(expression: string, environment: CelEnvironment): CelProgram {
  const checked: CheckedExpression = checkExpression(parseCel(expression), environment)
  const run = planExpression(checked, environment)
  return {
    resultType: checked.resultType,
    ast: checked.root,
    references: checked.references,
    estimateCost: (sizes) => estimateCost(checked, sizes),
    evaluate(bindings, budget) {
      const outcome = run(bindings, budget)
      if (outcome instanceof CelFailure) throw new CelEvaluationError(outcome.message)
      return outcome
    },
  }
}
