/** `variables` of a policy: each is evaluated at its first use, and once. */

import type { JsonObject } from '@berth/meta'
import type { CelType } from '../../cel/types.ts'
import { CelFailure, CelLazyRecord, type CelOutcome } from '../../cel/values.ts'
import { textAt } from '../../core/fields.ts'
import { compileStored, type Bindings, type Compiled, type SharedBudget } from '../expression/program.ts'
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

/** The bindings with `variables` among them, evaluated at the expense of `budget`. */
export function withVariables(bindings: Bindings, { list }: Variables, budget: SharedBudget): Bindings {
  if (list.length === 0) return bindings
  const makers = new Map<string, () => CelOutcome>()
  const whole: Bindings = { ...bindings, variables: new CelLazyRecord(makers) }
  for (const { name, compiled } of list) {
    makers.set(name, () => {
      const outcome = budget.evaluateBare(compiled, whole)
      if (outcome.kind === 'value') return outcome.value
      return new CelFailure(`composited variable ${JSON.stringify(name)} fails to evaluate: ${outcome.message}`)
    })
  }
  return whole
}
