/** Kubernetes' rules for a label selector in a spec (apimachinery `meta/v1/validation`). */

import {
  forbiddenValue,
  invalidValue,
  isLabelValue,
  isQualifiedName,
  requiredValue,
  validateLabels,
  type StatusCause,
} from '@berth/meta'
import type { LabelSelectorTerms, SelectorRequirement } from '../types/placement.ts'

export function labelSelector(selector: LabelSelectorTerms | undefined, field: string): StatusCause[] {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  return [
    ...validateLabels(matchLabels, `${field}.matchLabels`),
    ...matchExpressions.flatMap((requirement, index) => expression(requirement, `${field}.matchExpressions[${index}]`)),
  ]
}

function expression({ key, operator, values = [] }: SelectorRequirement, at: string): StatusCause[] {
  return [
    ...operatorProblems(operator, values.length, at),
    ...isQualifiedName(key).map((problem) => invalidValue(`${at}.key`, key, problem)),
    ...values.flatMap((value, index) =>
      isLabelValue(value).map((problem) => invalidValue(`${at}.values[${index}]`, value, problem)),
    ),
  ]
}

function operatorProblems(operator: string, count: number, at: string): StatusCause[] {
  const field = `${at}.values`
  if (operator === 'In' || operator === 'NotIn') {
    return count > 0 ? [] : [requiredValue(field, "must be specified when `operator` is 'In' or 'NotIn'")]
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    return count === 0
      ? []
      : [forbiddenValue(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
  }
  return [invalidValue(`${at}.operator`, operator, 'not a valid selector operator')]
}
