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
    ...unreadable(objectAt(resource, 'fieldSelector'), {
      name: 'fieldSelector',
      parse: parseFieldSelector,
      // Only what a field selector can say: one value, equal or not.
      fits: (operator, values) => (operator === 'In' || operator === 'NotIn') && values === 1,
    }),
    ...unreadable(objectAt(resource, 'labelSelector'), {
      name: 'labelSelector',
      parse: parseLabelSelector,
      fits: (operator) => labelOperators.has(operator),
    }),
  ]
  if (unread.length === 0) return undefined
  return unread.length === 1 ? unread[0] : `[${unread.join(', ')}]`
}

const labelOperators = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist'])

interface Reading {
  name: string
  parse: (text: string) => unknown
  fits: (operator: string, values: number) => boolean
}

function unreadable(selector: JsonObject | undefined, { name, parse, fits }: Reading): string[] {
  const raw = textAt(selector, 'rawSelector')
  if (raw !== '' && !parses(raw, parse)) return [`${path}.${name} ignored due to parse error`]
  const requirements = objectsAt(selector, 'requirements')
  const good = requirements.filter((each) => fits(textAt(each, 'operator'), textsAt(each, 'values').length)).length
  if (good === requirements.length) return []
  return [`${path}.${name} ${good === 0 ? '' : 'partially '}ignored due to parse error`]
}

function parses(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

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
