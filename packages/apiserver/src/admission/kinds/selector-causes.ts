/** What is wrong with a LabelSelector object (apimachinery `ValidateLabelSelector`). */

import {
  forbiddenValue,
  invalidValue,
  isLabelValue,
  isQualifiedName,
  requiredValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'

export function selectorCauses(parent: JsonObject, key: string, path: string): StatusCause[] {
  const selector = objectAt(parent, key)
  if (selector === undefined) return []
  const field = `${path}.${key}`
  const labels = objectAt(selector, 'matchLabels') ?? {}
  const causes: StatusCause[] = []
  for (const [name, value] of Object.entries(labels)) {
    causes.push(...keyCauses(name, `${field}.matchLabels`))
    for (const problem of typeof value === 'string' ? isLabelValue(value) : []) {
      causes.push(invalidValue(`${field}.matchLabels`, value, problem))
    }
  }
  objectsAt(selector, 'matchExpressions').forEach((expression, index) => {
    causes.push(...expressionCauses(expression, `${field}.matchExpressions[${index}]`))
  })
  return causes
}

function keyCauses(name: string, field: string): StatusCause[] {
  return isQualifiedName(name).map((problem) => invalidValue(field, name, problem))
}

function expressionCauses(expression: JsonObject, field: string): StatusCause[] {
  const operator = textAt(expression, 'operator')
  const values = textsAt(expression, 'values')
  const causes: StatusCause[] = []
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        causes.push(requiredValue(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      }
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        causes.push(
          forbiddenValue(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        )
      }
      break
    default:
      causes.push(invalidValue(`${field}.operator`, operator, 'not a valid selector operator'))
  }
  causes.push(...keyCauses(textAt(expression, 'key'), `${field}.key`))
  values.forEach((value, index) => {
    for (const problem of isLabelValue(value)) causes.push(invalidValue(`${field}.values[${index}]`, value, problem))
  })
  return causes
}
