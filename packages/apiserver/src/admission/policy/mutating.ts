/** MutatingAdmissionPolicy: expressions that change writes, one policy after the other. */

import { deepEqual, StatusError, type JsonObject } from '@berth/meta'
import { objectAt, objectsAt, textAt } from '../../core/fields.ts'
import { viewIn } from '../../resource/views.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import { inCel, requestBindings } from '../expression/bindings.ts'
import { compileStored, policyLimit, SharedBudget, type Bindings, type Compiled } from '../expression/program.ts'
import { isExemptFromPolicies } from '../match/exempt.ts'
import { Reinvocation } from '../match/reinvocation.ts'
import { kindOf, objectInVersion, replaceContent } from '../match/request.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { policyOf, type Policy } from './compiled.ts'
import { findPolicies, type Due, type Found, type PolicyServices } from './dispatch.ts'
import { policyEnvironment } from './environment.ts'
import { MutationError } from './json-of-value.ts'
import { applyConfiguration, applyPatch } from './mutations.ts'
import { withVariables } from './variables.ts'

interface Mutation {
  readonly type: 'ApplyConfiguration' | 'JSONPatch'
  readonly text: string
  readonly compiled: Compiled
}

export interface MutatingPolicy extends Policy {
  readonly mutations: readonly Mutation[]
  readonly reinvocable: boolean
}

export function mutatingPolicyOf(object: ApiObject): MutatingPolicy {
  const policy = policyOf(object)
  const environment = policyEnvironment({
    params: policy.paramKind !== undefined,
    authorizer: true,
    variables: policy.variables.types,
    mutating: true,
  })
  return {
    ...policy,
    reinvocable: textAt(policy.spec, 'reinvocationPolicy') === 'IfNeeded',
    mutations: objectsAt(policy.spec, 'mutations').map((mutation: JsonObject) => {
      const type = textAt(mutation, 'patchType') === 'JSONPatch' ? 'JSONPatch' : 'ApplyConfiguration'
      const content = objectAt(mutation, type === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration')
      const text = textAt(content, 'expression')
      return { type, text, compiled: compileStored(text, environment) }
    }),
  }
}

export function mutatingPolicies(services: PolicyServices<MutatingPolicy>): AdmissionPlugin {
  const reinvocation = new Reinvocation()
  const mutate = (attributes: AdmissionAttributes): boolean => run(services, attributes, reinvocation)
  return {
    name: 'MutatingAdmissionPolicy',
    handles: ({ definition, operation }) =>
      // There is nothing to change in what goes.
      operation !== 'DELETE' && services.policies.size > 0 && !isExemptFromPolicies(definition),
    mutate,
    reinvoke: mutate,
  }
}

function run(
  services: PolicyServices<MutatingPolicy>,
  attributes: AdmissionAttributes,
  reinvocation: Reinvocation,
): boolean {
  const { object } = attributes
  if (object === undefined) return false
  const round = reinvocation.begin(attributes)
  let changedAny = false
  // What there is to do is settled first: a mutation does not call other policies in.
  for (const found of Array.from(findPolicies(services, attributes))) {
    const id = idOf(found)
    if (!round.includes(id)) continue
    const changed = runOne(services, attributes, found)
    if (changed) round.changed()
    if (found.kind === 'due' && found.due.policy.reinvocable) round.invoked(id)
    changedAny ||= changed
  }
  round.end()
  return changedAny
}

function idOf(found: Found<MutatingPolicy>): string {
  const { policy, binding } = found.kind === 'due' ? found.due : found.what
  const param = found.kind === 'due' ? found.due.param?.metadata : undefined
  return `${policy.name}/${binding?.name ?? ''}/${param?.namespace ?? ''}/${param?.name ?? ''}`
}

function runOne(
  services: PolicyServices<MutatingPolicy>,
  attributes: AdmissionAttributes,
  found: Found<MutatingPolicy>,
): boolean {
  if (found.kind === 'misconfigured') {
    const { policy, binding, problem } = found.what
    if (policy.failOpen) return false
    throw denied(attributes, { policy: policy.name, binding: binding?.name, problem, reason: 'Forbidden' })
  }
  const { due } = found
  try {
    return mutate(services, attributes, due)
  } catch (error) {
    if (!(error instanceof MutationError)) throw error
    if (due.policy.failOpen) return false
    const [policy, binding] = [due.policy.name, due.binding.name]
    throw denied(attributes, { policy, binding, problem: error.message, reason: 'Invalid' })
  }
}

/** True when the object is another one now. */
function mutate(
  services: PolicyServices<MutatingPolicy>,
  attributes: AdmissionAttributes,
  { policy, invocation, param }: Due<MutatingPolicy>,
): boolean {
  const { object, definition } = attributes
  if (object === undefined) return false
  const bindings = (): Bindings => {
    const request = requestBindings(services, attributes, invocation)
    return policy.paramKind === undefined ? request : { ...request, params: inCel(param) }
  }
  const match = policy.matchConditions.match(bindings())
  if (match.kind === 'skips') return false
  if (match.kind === 'fails') throw new MutationError(match.message)
  const budget = new SharedBudget(policyLimit)
  const { schemas } = services.registry()
  let changed = false
  for (const { type, text, compiled } of policy.mutations) {
    // Each mutation sees what the one before it made of the object.
    const outcome = budget.evaluate(text, compiled, withVariables(bindings(), policy.variables, budget))
    if (outcome.kind === 'error') throw new MutationError(outcome.message)
    const shown = objectInVersion(attributes, object, invocation.version) ?? object
    const own = kindOf(attributes, invocation.version)
    const target = {
      object: shown,
      // Objects of subresources (Scale) have shapes of their own, which no schema here describes.
      schema: own.kind === definition.kind ? (viewIn(definition, invocation.version) ?? definition).schema : {},
      schemas,
      builtIn: definition.strategicMerge === true,
    }
    const next = type === 'JSONPatch' ? applyPatch(outcome.value, target) : applyConfiguration(outcome.value, target)
    if (next === undefined || deepEqual(next, shown)) continue
    replaceContent(attributes, object, next)
    changed = true
  }
  return changed
}

function denied(
  { definition, name }: AdmissionAttributes,
  why: { policy: string; binding: string | undefined; problem: string; reason: 'Forbidden' | 'Invalid' },
): StatusError {
  const by = why.binding === undefined ? `"${why.policy}"` : `'${why.policy}' with binding '${why.binding}'`
  const message = `policy ${by} denied request: ${why.problem}`
  const error = new StatusError('Forbidden', message, {
    details: { name, group: definition.group, kind: definition.resource, causes: [{ message }] },
  })
  error.status.reason = why.reason
  return error
}
