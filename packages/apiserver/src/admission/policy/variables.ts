/** `variables` of a policy: each is evaluated at its first use, at the expense of the expression that used it. */

import type { JsonObject } from '@berth/meta'
import { CelBudget } from '../../cel/budget.ts'
import { CelEvaluationError } from '../../cel/errors.ts'
import type { CelType } from '../../cel/types.ts'
import { CelFailure, CelLazyRecord, type CelOutcome } from '../../cel/values.ts'
import { textAt } from '../../core/fields.ts'
import { callLimit, compileStored, type Bindings, type Compiled } from '../expression/program.ts'
import { policyEnvironment } from './environment.ts'

export interface Variable {
  readonly name: string
  readonly compiled: Compiled
}

export interface Variables {
  readonly list: readonly Variable[]
  /** By name, for the expressions that use them. */
  readonly types: ReadonlyMap<string, CelType>
}

export function compileVariables(definitions: readonly JsonObject[], params: boolean): Variables {
  const types = new Map<string, CelType>()
  const list = definitions.map((definition): Variable => {
    const name = textAt(definition, 'name')
    const environment = policyEnvironment({ params, authorizer: true, variables: types })
    const compiled = compileStored(textAt(definition, 'expression'), environment)
    if ('program' in compiled) types.set(name, compiled.program.resultType)
    return { name, compiled }
  })
  return { list, types }
}

/** The bindings with `variables` among them. */
export function withVariables(bindings: Bindings, { list }: Variables): Bindings {
  if (list.length === 0) return bindings
  const makers = new Map<string, () => CelOutcome>()
  const record = new CelLazyRecord(makers)
  const whole: Bindings = { ...bindings, variables: record }
  for (const { name, compiled } of list) makers.set(name, () => valueOf(name, compiled, whole))
  return whole
}

function valueOf(name: string, compiled: Compiled, bindings: Bindings): CelOutcome {
  const fails = (why: string): CelFailure =>
    new CelFailure(`composited variable ${JSON.stringify(name)} fails to evaluate: ${why}`)
  if ('problem' in compiled) return fails(compiled.problem)
  // The lazy record has no way to pass the caller's budget on, so a variable has the budget of an expression for itself.
  const budget = new CelBudget(callLimit)
  try {
    return compiled.program.evaluate(bindings, budget)
  } catch (error) {
    if (error instanceof CelEvaluationError) return fails(error.message)
    throw error
  }
}
