/** matchConditions: expressions that must all hold for a webhook or a policy to be asked. */

import type { JsonObject } from '@berth/meta'
import { celEnvironment } from '../../cel/environment.ts'
import { textAt } from '../../core/fields.ts'
import { compileStored, matchConditionsLimit, SharedBudget, type Bindings, type Compiled } from './program.ts'
import { variableTypes } from './types.ts'

export type MatchResult = { kind: 'matches' } | { kind: 'skips' } | { kind: 'fails'; message: string }

export interface MatchConditions {
  readonly empty: boolean
  match(bindings: Bindings): MatchResult
}

const environments = [false, true].map((params) =>
  celEnvironment({ variables: variableTypes({ params, authorizer: true }), libraries: 'kubernetes' }),
)

/** What match conditions may name. */
export function matchConditionEnvironment(params: boolean): (typeof environments)[number] {
  const found = environments[Number(params)]
  if (found === undefined) throw new Error('there are two environments')
  return found
}

/** @param options `failOpen`: a condition that has no value means that nobody is asked, instead of a refusal */
export function compileMatchConditions(
  conditions: readonly JsonObject[],
  { failOpen, params }: { failOpen: boolean; params: boolean },
): MatchConditions {
  const environment = matchConditionEnvironment(params)
  const compiled = conditions.map((condition): [string, Compiled] => {
    const expression = textAt(condition, 'expression')
    return [expression, compileStored(expression, environment)]
  })
  return {
    empty: compiled.length === 0,
    match: (bindings) => evaluate(compiled, bindings, failOpen),
  }
}

function evaluate(compiled: readonly [string, Compiled][], bindings: Bindings, failOpen: boolean): MatchResult {
  const budget = new SharedBudget(matchConditionsLimit)
  const errors: string[] = []
  for (const [expression, program] of compiled) {
    const outcome = budget.evaluate(expression, program, bindings)
    if (outcome.kind === 'error') errors.push(outcome.message)
    // A condition that does not hold settles it, whatever others had no value.
    else if (outcome.value !== true) return { kind: 'skips' }
  }
  if (errors.length === 0) return { kind: 'matches' }
  if (failOpen) return { kind: 'skips' }
  return { kind: 'fails', message: errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]` }
}
