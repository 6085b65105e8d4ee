/** What is wrong with a ValidatingAdmissionPolicy or a MutatingAdmissionPolicy (admissionregistration validation). */

import {
  duplicateValue,
  invalidValue,
  isDns1035Label,
  isDns1123Subdomain,
  isQualifiedName,
  requiredValue,
  tooLong,
  unsupportedValue,
  utf8Length,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import type { CelType } from '../../cel/types.ts'
import type { CoreObject } from '../../core/built-in.ts'
import { objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'
import { policyEnvironment } from '../policy/environment.ts'
import { choiceCauses } from './choices.ts'
import { checkExpression, matchConditionCauses } from './expression-causes.ts'
import { matchResourcesCauses } from './match-resources-causes.ts'

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']
const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/
const reserved = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
)
const maxKey = 63
const maxMessageExpression = 5 * 1024

export function validatingPolicyCauses(object: CoreObject): StatusCause[] {
  const spec = objectAt(object, 'spec') ?? {}
  const params = objectAt(spec, 'paramKind') !== undefined
  const { causes, variables } = commonCauses(spec, params)
  const validations = objectsAt(spec, 'validations')
  const annotations = objectsAt(spec, 'auditAnnotations')
  if (validations.length === 0 && annotations.length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item'
    causes.push(requiredValue('spec.validations', why), requiredValue('spec.auditAnnotations', why))
    return causes
  }
  validations.forEach((each, index) => {
    causes.push(...validationCauses(each, { path: `spec.validations[${index}]`, params, variables }))
  })
  const keys = new Set<string>()
  annotations.forEach((each, index) => {
    const path = `spec.auditAnnotations[${index}]`
    const key = textAt(each, 'key')
    causes.push(...annotationCauses(each, { path, params, variables, policy: object.metadata.name ?? '' }))
    if (keys.has(key)) causes.push(duplicateValue(`${path}.key`, key))
    keys.add(key)
  })
  return causes
}

export function mutatingPolicyCauses(object: CoreObject): StatusCause[] {
  const spec = objectAt(object, 'spec') ?? {}
  const params = objectAt(spec, 'paramKind') !== undefined
  const { causes, variables } = commonCauses(spec, params)
  const rules = objectsAt(objectAt(spec, 'matchConstraints'), 'resourceRules')
  for (const operation of rules.flatMap((rule) => textsAt(rule, 'operations'))) {
    // There is nothing to change in what goes.
    if (operation !== 'DELETE') continue
    causes.push(
      unsupportedValue('spec.matchConstraints.resourceRules.operations', operation, [
        '*',
        'CONNECT',
        'CREATE',
        'UPDATE',
      ]),
    )
  }
  const mutations = objectsAt(spec, 'mutations')
  if (mutations.length === 0) {
    causes.push(requiredValue('spec.mutations', 'mutations must contain at least one item'))
  }
  mutations.forEach((each, index) => {
    causes.push(...mutationCauses(each, { path: `spec.mutations[${index}]`, params, variables }))
  })
  if (textAt(spec, 'reinvocationPolicy') === '') causes.push(requiredValue('spec.reinvocationPolicy'))
  else causes.push(...choiceCauses(spec, 'reinvocationPolicy', 'spec'))
  return causes
}

function commonCauses(spec: JsonObject, params: boolean): { causes: StatusCause[]; variables: Map<string, CelType> } {
  const constraints = objectAt(spec, 'matchConstraints')
  const kind = objectAt(spec, 'paramKind')
  const causes = [
    ...choiceCauses(spec, 'failurePolicy', 'spec'),
    ...(kind === undefined ? [] : paramKindCauses(kind)),
    ...(constraints === undefined
      ? [requiredValue('spec.matchConstraints')]
      : matchResourcesCauses(constraints, 'spec.matchConstraints', true)),
    ...matchConditionCauses(objectsAt(spec, 'matchConditions'), 'spec.matchConditions', params),
  ]
  const variables = new Map<string, CelType>()
  objectsAt(spec, 'variables').forEach((each, index) => {
    causes.push(...variableCauses(each, { path: `spec.variables[${index}]`, params, variables }))
  })
  return { causes, variables }
}

function paramKindCauses(kind: JsonObject): StatusCause[] {
  const causes: StatusCause[] = []
  const apiVersion = textAt(kind, 'apiVersion')
  const field = 'spec.paramKind.apiVersion'
  const parts = apiVersion.split('/')
  if (apiVersion === '') causes.push(requiredValue(field))
  else if (parts.length > 2)
    causes.push(invalidValue(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`))
  else {
    const [group, version] = parts.length === 1 ? ['', parts[0] ?? ''] : [parts[0] ?? '', parts[1] ?? '']
    if (group !== '') for (const why of isDns1123Subdomain(group)) causes.push(invalidValue(field, group, why))
    for (const why of isDns1035Label(version)) causes.push(invalidValue(field, version, why))
  }
  const name = textAt(kind, 'kind')
  if (name === '') causes.push(requiredValue('spec.paramKind.kind'))
  // Kinds are labels once their capitals are gone.
  else
    for (const why of isDns1035Label(name.toLowerCase()))
      causes.push(invalidValue('spec.paramKind.kind', name, `may have mixed case, but should otherwise match: ${why}`))
  return causes
}

interface Place {
  path: string
  params: boolean
  /** Types of the variables before it; a variable adds its own. */
  variables: Map<string, CelType>
}

function variableCauses(variable: JsonObject, { path, params, variables }: Place): StatusCause[] {
  const name = textAt(variable, 'name')
  const expression = textAt(variable, 'expression')
  const causes: StatusCause[] = []
  if (name.trim() === '') causes.push(requiredValue(`${path}.name`, 'name is not specified'))
  else if (!identifier.test(name) || reserved.has(name)) {
    causes.push(invalidValue(`${path}.name`, name, 'name is not a valid CEL identifier'))
  }
  if (expression.trim() === '') return [...causes, requiredValue(`${path}.expression`, 'expression is not specified')]
  const environment = policyEnvironment({ params, authorizer: true, variables })
  const checked = checkExpression(expression, `${path}.expression`, { environment })
  causes.push(...checked.causes)
  if (checked.type !== undefined && name !== '') variables.set(name, checked.type)
  return causes
}

function validationCauses(validation: JsonObject, { path, params, variables }: Place): StatusCause[] {
  const causes: StatusCause[] = []
  const expression = textAt(validation, 'expression')
  const environment = policyEnvironment({ params, authorizer: true, variables })
  if (expression.trim() === '') causes.push(requiredValue(`${path}.expression`, 'expression is not specified'))
  else causes.push(...checkExpression(expression, `${path}.expression`, { environment, types: ['bool'] }).causes)

  const messageExpression = textAt(validation, 'messageExpression')
  if (messageExpression !== '' && messageExpression.trim() === '') {
    causes.push(invalidValue(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified'))
  } else if (messageExpression !== '') {
    const field = `${path}.messageExpression`
    // Messages may not depend on who asks what of the authorizer.
    const own = { environment: policyEnvironment({ params, authorizer: false, variables }), types: ['string'] }
    causes.push(...checkExpression(messageExpression, field, own).causes)
    if (utf8Length(messageExpression) > maxMessageExpression * 2) causes.push(tooLong(field, maxMessageExpression * 2))
  }
  const message = textAt(validation, 'message')
  if (message !== '' && message.trim() === '') {
    causes.push(invalidValue(`${path}.message`, message, 'message must be non-empty if specified'))
  } else if (message.includes('\n')) {
    causes.push(invalidValue(`${path}.message`, message, 'message must not contain line breaks'))
  }
  const reason = textAt(validation, 'reason')
  if (reason !== '' && !reasons.includes(reason)) causes.push(unsupportedValue(`${path}.reason`, reason, reasons))
  return causes
}

function annotationCauses(
  annotation: JsonObject,
  { path, params, variables, policy }: Place & { policy: string },
): StatusCause[] {
  const key = textAt(annotation, 'key')
  const causes: StatusCause[] = []
  for (const why of isQualifiedName(`${policy}/${key}`)) {
    causes.push(invalidValue(`${path}.key`, `${policy}/${key}`, why))
  }
  if (utf8Length(key) > maxKey) causes.push(tooLong(`${path}.key`, maxKey))
  const field = `${path}.valueExpression`
  const expression = textAt(annotation, 'valueExpression')
  if (expression.trim() === '') return [...causes, requiredValue(field, 'valueExpression is not specified')]
  const environment = policyEnvironment({ params, authorizer: true, variables })
  const types = ['string', 'null_type']
  return [...causes, ...checkExpression(expression, field, { environment, types }).causes]
}

const mutationFields = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const
const mutationTypes = { ApplyConfiguration: 'Object', JSONPatch: 'list(JSONPatch)' } as const

function mutationCauses(mutation: JsonObject, { path, params, variables }: Place): StatusCause[] {
  const type = textAt(mutation, 'patchType')
  if (type === '') return [requiredValue(`${path}.patchType`)]
  if (type !== 'ApplyConfiguration' && type !== 'JSONPatch') {
    return [unsupportedValue(`${path}.patchType`, type, Object.keys(mutationFields))]
  }
  const own = mutationFields[type]
  const other = type === 'JSONPatch' ? mutationFields.ApplyConfiguration : mutationFields.JSONPatch
  const causes: StatusCause[] = []
  const content = objectAt(mutation, own)
  if (content === undefined) {
    causes.push(requiredValue(`${path}.${own}`, `must be specified when patchType is ${type}`))
  } else {
    const expression = textAt(content, 'expression')
    const field = `${path}.${own}.expression`
    const environment = policyEnvironment({ params, authorizer: true, variables, mutating: true })
    if (expression.trim() === '') causes.push(requiredValue(field))
    else causes.push(...checkExpression(expression, field, { environment, types: [mutationTypes[type]] }).causes)
  }
  if (objectAt(mutation, other) !== undefined) {
    const why = `must not be specified when patchType is ${type}`
    causes.push(invalidValue(`${path}.${other}`, `{${other}}`, why))
  }
  return causes
}
