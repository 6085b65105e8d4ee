/**
 * Selectors in a question (`resourceAttributes.labelSelector`, `fieldSelector`): a list may be allowed because it is of few things.
 * RBAC never decides by them, so they are checked and otherwise left out.
 */

import {
  forbiddenValue,
  invalidValue,
  isQualifiedName,
  parseFieldSelector,
  parseLabelSelector,
  requiredValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'

const path = 'spec.resourceAttributes'

export function selectorCauses(resource: JsonObject | undefined): StatusCause[] {
  return [
    ...causesOf(objectAt(resource, 'fieldSelector'), 'fieldSelector', keyOfField),
    ...causesOf(objectAt(resource, 'labelSelector'), 'labelSelector', keyOfLabel),
  ]
}

/** What could not be read, in kube-apiserver's words; it is no reason to refuse the question. */
export function selectorError(resource: JsonObject | undefined): string | undefined {
  const unread = [
    ...unreadable(resource, 'fieldSelector', (text) => parseFieldSelector(text)),
    ...unreadable(resource, 'labelSelector', (text) => parseLabelSelector(text)),
  ]
  if (unread.length === 0) return undefined
  return unread.length === 1 ? unread[0] : `[${unread.join(', ')}]`
}

function unreadable(resource: JsonObject | undefined, name: string, parse: (text: string) => unknown): string[] {
  const selector = objectAt(resource, name)
  const raw = textAt(selector, 'rawSelector')
  try {
    if (raw !== '') parse(raw)
    const unknown = objectsAt(selector, 'requirements').filter((each) => !operators.has(textAt(each, 'operator')))
    return unknown.map((each) => `${JSON.stringify(textAt(each, 'operator'))} is not a valid ${name} operator`)
  } catch {
    return [`${path}.${name} ignored due to parse error`]
  }
}

const operators = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist'])

function causesOf(
  selector: JsonObject | undefined,
  name: string,
  keyCauses: (field: string, key: string) => StatusCause[],
): StatusCause[] {
  if (selector === undefined) return []
  const at = `${path}.${name}`
  const raw = textAt(selector, 'rawSelector')
  const requirements = objectsAt(selector, 'requirements')
  if (raw !== '' && requirements.length > 0) {
    return [invalidValue(`${at}.rawSelector`, raw, 'may not specified at the same time as requirements')]
  }
  if (raw === '' && requirements.length === 0) {
    const why = `when ${at} is specified, requirements or rawSelector is required`
    return [requiredValue(`${at}.requirements`, why)]
  }
  return requirements.flatMap((requirement, index) => {
    const field = `${at}.requirements[${index}]`
    const values = textsAt(requirement, 'values').length
    const operator = textAt(requirement, 'operator')
    const causes: StatusCause[] = []
    if ((operator === 'In' || operator === 'NotIn') && values === 0) {
      causes.push(requiredValue(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
    }
    if ((operator === 'Exists' || operator === 'DoesNotExist') && values > 0) {
      causes.push(
        forbiddenValue(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      )
    }
    return [...causes, ...keyCauses(`${field}.key`, textAt(requirement, 'key'))]
  })
}

function keyOfField(field: string, key: string): StatusCause[] {
  return key === '' ? [requiredValue(field, 'must be specified')] : []
}

function keyOfLabel(field: string, key: string): StatusCause[] {
  return isQualifiedName(key).map((why) => invalidValue(field, key, why))
}
