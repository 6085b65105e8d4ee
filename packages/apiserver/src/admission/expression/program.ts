/** An expression of a webhook or a policy, compiled, and evaluated within Kubernetes' budgets for admission. */

import { CelBudget, CelBudgetExceeded, CelTime } from '../../cel/budget.ts'
import { compileCel, type CelProgram } from '../../cel/compile.ts'
import type { CelEnvironment } from '../../cel/environment.ts'
import { CelCompileError, CelEvaluationError } from '../../cel/errors.ts'
import type { CelValue } from '../../cel/values.ts'

/** Cost of one evaluation of one expression (apiserver `cel` config: about a tenth of a second). */
export const callLimit = 1_000_000
/** Cost of all expressions of a policy for one binding and parameter. */
export const policyLimit = 10_000_000
/** Cost of all match conditions of one webhook or policy. */
export const matchConditionsLimit = 2_500_000

export type Compiled = { readonly program: CelProgram } | { readonly problem: string }

/** Never throws: stored expressions were checked when they were written, but by which version of this program? */
export function compileStored(expression: string, environment: CelEnvironment): Compiled {
  try {
    return { program: compileCel(expression, environment) }
  } catch (error) {
    if (error instanceof CelCompileError) return { problem: `compilation failed: ${error.message}` }
    throw error
  }
}

export type Outcome =
  | { readonly kind: 'value'; readonly value: CelValue }
  | { readonly kind: 'error'; readonly message: string }

export type Bindings = Readonly<Record<string, CelValue>>

/** What is left of a budget that several expressions share. */
export class SharedBudget {
  readonly #time = new CelTime()
  #left: number

  constructor(limit: number) {
    this.#left = limit
  }

  /** The outcome of one expression; running out of budget is an error like any other. */
  evaluate(expression: string, compiled: Compiled, bindings: Bindings): Outcome {
    if (this.#left <= 0) {
      const message = 'validation failed due to running out of cost budget, no further validation rules will be run'
      return { kind: 'error', message }
    }
    const outcome = this.evaluateBare(compiled, bindings)
    return outcome.kind === 'error' ? failed(expression, outcome.message) : outcome
  }

  /** The same with nothing but the reason as the message. It may be called while another expression is evaluated. */
  evaluateBare(compiled: Compiled, bindings: Bindings): Outcome {
    if ('problem' in compiled) return { kind: 'error', message: compiled.problem }
    const budget = new CelBudget(Math.max(0, Math.min(callLimit, this.#left)), this.#time)
    try {
      return { kind: 'value', value: compiled.program.evaluate(bindings, budget) }
    } catch (error) {
      if (error instanceof CelEvaluationError || error instanceof CelBudgetExceeded) {
        return { kind: 'error', message: error.message }
      }
      throw error
    } finally {
      this.#left -= budget.spent
    }
  }
}

function failed(expression: string, why: string): Outcome {
  return { kind: 'error', message: `expression '${expression}' resulted in error: ${why}` }
}
