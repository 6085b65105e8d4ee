/** What is wrong with the binding of a policy (admissionregistration validation). */

import {
  duplicateValue,
  forbiddenValue,
  invalidValue,
  isDns1123Subdomain,
  isPathSegmentName,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import type { CoreObject } from '../../core/built-in.ts'
import { objectAt, textAt, textsAt } from '../../core/fields.ts'
import { invalidList } from './choices.ts'
import { matchResourcesCauses } from './match-resources-causes.ts'
import { selectorCauses } from './selector-causes.ts'

const actions = ['Audit', 'Deny', 'Warn']
const notFoundActions = ['Deny', 'Allow']

/** @param mutating bindings of mutating policies have no actions */
export function bindingCauses(object: CoreObject, mutating: boolean): StatusCause[] {
  const spec = objectAt(object, 'spec') ?? {}
  const policy = textAt(spec, 'policyName')
  const reference = objectAt(spec, 'paramRef')
  const resources = objectAt(spec, 'matchResources')
  return [
    ...(policy === ''
      ? [requiredValue('spec.policyName')]
      : isDns1123Subdomain(policy).map((why) => invalidValue('spec.policyName', policy, why))),
    ...(reference === undefined ? [] : paramRefCauses(reference)),
    ...(resources === undefined ? [] : matchResourcesCauses(resources, 'spec.matchResources', false)),
    ...(mutating ? [] : actionCauses(textsAt(spec, 'validationActions'))),
  ]
}

function paramRefCauses(reference: JsonObject): StatusCause[] {
  const path = 'spec.paramRef'
  const name = textAt(reference, 'name')
  const selector = objectAt(reference, 'selector')
  const causes: StatusCause[] = []
  if (name !== '') {
    for (const why of isPathSegmentName(name)) causes.push(invalidValue(`${path}.name`, name, why))
    if (selector !== undefined) {
      const why = 'name and selector are mutually exclusive'
      causes.push(forbiddenValue(`${path}.name`, why), forbiddenValue(`${path}.selector`, why))
    }
  } else if (selector === undefined) {
    causes.push(requiredValue(path, 'one of name or selector must be specified'))
  } else causes.push(...selectorCauses(reference, 'selector', path))
  const action = textAt(reference, 'parameterNotFoundAction')
  if (action === '') causes.push(requiredValue(`${path}.parameterNotFoundAction`))
  else if (!notFoundActions.includes(action)) {
    causes.push(unsupportedValue(`${path}.parameterNotFoundAction`, action, notFoundActions))
  }
  return causes
}

function actionCauses(list: readonly string[]): StatusCause[] {
  const path = 'spec.validationActions'
  if (list.length === 0) return [requiredValue(path, 'at least one validation action is required')]
  const causes: StatusCause[] = []
  list.forEach((action, index) => {
    if (!actions.includes(action)) causes.push(unsupportedValue(`${path}[${index}]`, action, actions))
    else if (list.indexOf(action) < index) causes.push(duplicateValue(`${path}[${index}]`, action))
  })
  if (list.includes('Deny') && list.includes('Warn')) {
    const detail =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
    causes.push(invalidList(path, { type: 'admissionregistration.ValidationAction', values: list, detail }))
  }
  return causes
}
