/** ValidatingAdmissionPolicy: expressions that deny writes, warn about them or mark them in the audit log. */

import { statusCodes, type JsonObject, type StatusReason } from '@berth/meta'
import { objectsAt, textAt } from '../../core/fields.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import { inCel } from '../expression/bindings.ts'
import { compileStored, policyLimit, SharedBudget, type Bindings, type Compiled } from '../expression/program.ts'
import { isExemptFromPolicies } from '../match/exempt.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { forbidden } from '../webhook/matching.ts'
import { policyOf, type Binding, type Policy } from './compiled.ts'
import { BindingsByVersion, findPolicies, type Due, type PolicyServices } from './dispatch.ts'
import { policyEnvironment } from './environment.ts'
import { withVariables } from './variables.ts'

interface Expression {
  readonly text: string
  readonly compiled: Compiled
}

interface Validation extends Expression {
  readonly message: string
  readonly messageExpression: Expression | undefined
  readonly reason: string
}

export interface ValidatingPolicy extends Policy {
  readonly validations: readonly Validation[]
  readonly auditAnnotations: readonly { readonly key: string; readonly value: Expression }[]
}

export function validatingPolicyOf(object: ApiObject): ValidatingPolicy {
  const policy = policyOf(object)
  const options = { params: policy.paramKind !== undefined, variables: policy.variables.types }
  const environment = policyEnvironment({ ...options, authorizer: true })
  const forMessages = policyEnvironment({ ...options, authorizer: false })
  const expression = (text: string, inside = environment): Expression => ({
    text,
    compiled: compileStored(text, inside),
  })
  return {
    ...policy,
    validations: objectsAt(policy.spec, 'validations').map((each) => {
      const messageExpression = textAt(each, 'messageExpression')
      return {
        ...expression(textAt(each, 'expression')),
        message: textAt(each, 'message'),
        messageExpression: messageExpression === '' ? undefined : expression(messageExpression, forMessages),
        reason: textAt(each, 'reason'),
      }
    }),
    auditAnnotations: objectsAt(policy.spec, 'auditAnnotations').map((each: JsonObject) => ({
      key: textAt(each, 'key'),
      value: expression(textAt(each, 'valueExpression')),
    })),
  }
}

/** A validation that did not hold. */
interface Failure {
  readonly message: string
  /** Empty when it is not a validation that failed but its evaluation. */
  readonly reason: string
  /** Of the validation; undefined for what is no validation. */
  readonly index: number | undefined
}

interface Denial extends Pick<Failure, 'message' | 'reason'> {
  readonly policy: Policy
  readonly binding: Binding | undefined
}

export function validatingPolicies(services: PolicyServices<ValidatingPolicy>): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: ({ definition }) => services.policies.size > 0 && !isExemptFromPolicies(definition),
    validate: (attributes) => validate(services, attributes),
  }
}

function validate(services: PolicyServices<ValidatingPolicy>, attributes: AdmissionAttributes): void {
  const denials: Denial[] = []
  const bindings = new BindingsByVersion(services, attributes)
  const annotations = new Annotations()
  for (const found of findPolicies(services, attributes)) {
    if (found.kind === 'misconfigured') {
      const { policy, binding, problem } = found.what
      if (!policy.failOpen) denials.push({ policy, binding, message: problem, reason: '' })
      continue
    }
    const { due } = found
    const failures = evaluate(due, bindings.of(due.invocation), annotations)
    for (const failure of failures) act(attributes, due, failure, denials)
  }
  annotations.publish(attributes)
  const [first] = denials
  if (first !== undefined) throw denied(attributes, first)
}

function evaluate(
  { policy, param }: Due<ValidatingPolicy>,
  request: Bindings,
  annotations: Annotations,
): readonly Failure[] {
  const bindings: Bindings = policy.paramKind === undefined ? request : { ...request, params: inCel(param) }
  const match = policy.matchConditions.match(bindings)
  if (match.kind === 'skips') return []
  if (match.kind === 'fails') return policy.failOpen ? [] : [{ message: match.message, reason: '', index: 0 }]
  const budget = new SharedBudget(policyLimit)
  const whole = withVariables(bindings, policy.variables, budget)
  const failures = policy.validations.flatMap((validation, index): Failure[] => {
    const outcome = budget.evaluate(validation.text, validation.compiled, whole)
    if (outcome.kind === 'error') return policy.failOpen ? [] : [{ message: outcome.message, reason: '', index }]
    if (outcome.value === true) return []
    const message = messageOf(validation, whole, budget)
    return [{ message, reason: validation.reason === '' ? 'Invalid' : validation.reason, index }]
  })
  return [...failures, ...annotate(policy, { bindings: whole, budget, annotations })]
}

/** Bytes a message that was computed may have (cel config `MaxEvaluatedMessageExpressionSizeBytes`). */
const maxMessage = 5 * 1024

function messageOf(validation: Validation, bindings: Bindings, budget: SharedBudget): string {
  const { messageExpression } = validation
  if (messageExpression !== undefined) {
    const outcome = budget.evaluate(messageExpression.text, messageExpression.compiled, bindings)
    const computed = outcome.kind === 'value' && typeof outcome.value === 'string' ? outcome.value.trim() : ''
    if (computed !== '' && Buffer.byteLength(computed) <= maxMessage && !computed.includes('\n')) return computed
  }
  const written = validation.message.trim()
  return written === '' ? `failed expression: ${validation.text.trim()}` : written
}

/** Values are kept this long in the audit log. */
const maxValue = 10 * 1024

class Annotations {
  /** Values by key; several bindings may give values for one. */
  readonly #values = new Map<string, string[]>()

  add(key: string, value: string): void {
    const values = this.#values.get(key) ?? []
    if (!values.includes(value)) values.push(value)
    this.#values.set(key, values)
  }

  publish(attributes: AdmissionAttributes): void {
    for (const [key, values] of this.#values) attributes.annotate(key, values.join(', '))
  }
}

function annotate(
  policy: ValidatingPolicy,
  { bindings, budget, annotations }: { bindings: Bindings; budget: SharedBudget; annotations: Annotations },
): Failure[] {
  return policy.auditAnnotations.flatMap(({ key, value }): Failure[] => {
    const outcome = budget.evaluate(value.text, value.compiled, bindings)
    if (outcome.kind === 'error') {
      return policy.failOpen ? [] : [{ message: outcome.message, reason: '', index: undefined }]
    }
    const text = typeof outcome.value === 'string' ? outcome.value.trim() : ''
    if (text !== '') annotations.add(`${policy.name}/${key}`, text.slice(0, maxValue))
    return []
  })
}

const auditKey = 'validation.policy.admission.k8s.io/validation_failure'

function act(
  attributes: AdmissionAttributes,
  { policy, binding }: Due<ValidatingPolicy>,
  { message, reason, index }: Failure,
  denials: Denial[],
): void {
  // An annotation without a value is no validation that failed: the actions do not apply to it.
  const actions = index === undefined ? ['Deny'] : binding.actions
  for (const action of actions) {
    switch (action) {
      case 'Deny':
        denials.push({ policy, binding, message, reason })
        break
      case 'Warn':
        attributes.warn(
          `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${message}`,
        )
        break
      case 'Audit': {
        const note = {
          message,
          policy: policy.name,
          binding: binding.name,
          expressionIndex: index ?? 0,
          validationActions: binding.actions,
        }
        attributes.annotate(auditKey, JSON.stringify([note]))
        break
      }
    }
  }
}

function denied(attributes: AdmissionAttributes, { policy, binding, message, reason }: Denial): Error {
  const by = binding === undefined ? '' : ` with binding '${binding.name}'`
  const why = `ValidatingAdmissionPolicy '${policy.name}'${by} denied request: ${message}`
  const error = forbidden(attributes, why)
  const known = Object.keys(statusCodes).find((each): each is StatusReason => each === reason) ?? 'Invalid'
  error.status.reason = known
  error.status.code = statusCodes[known]
  error.status.details = { ...error.status.details, causes: [{ message: why }] }
  return error
}
