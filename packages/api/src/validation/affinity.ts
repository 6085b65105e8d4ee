/** Admission of where a machine may run: Kubernetes' own rules for pods, told at the paths KubeVirt tells them. */

import {
  forbiddenValue,
  invalidValue,
  isDns1123Label,
  isDns1123Subdomain,
  isQualifiedName,
  requiredValue,
  type StatusCause,
} from '@berth/meta'
import type {
  Affinity,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  SelectorRequirement,
} from '../types/placement.ts'
import { invalidField } from './cause.ts'
import type { InstanceRule } from './instance-rule.ts'
import { labelSelector } from './label-selector.ts'
import { topologySpread } from './topology-spread.ts'

export const placementAdmission: readonly InstanceRule[] = [
  { name: 'affinity', causes: ({ affinity }, { field }) => whole(affinityProblems(affinity, field)) },
  {
    name: 'topology spread',
    causes: ({ topologySpreadConstraints: list }, { field }) =>
      whole(topologySpread(list ?? [], `${field}.topologySpreadConstraints`)),
  },
]

/** As a pod's errors look when they are printed whole; KubeVirt calls all of them invalid. */
function whole(problems: StatusCause[]): StatusCause[] {
  return problems.map(({ field = '', message = '' }) => invalidField(field, `${field}: ${message}`))
}

/** @param field of the spec: KubeVirt leaves `affinity` out of the path */
function affinityProblems(affinity: Affinity | undefined, field: string): StatusCause[] {
  const node = affinity?.nodeAffinity
  const required = node?.requiredDuringSchedulingIgnoredDuringExecution
  const preferred = node?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return [
    ...(required === undefined
      ? []
      : nodeSelector(
          required.nodeSelectorTerms ?? [],
          `${field}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`,
        )),
    ...preferred.flatMap((term, index) => {
      const at = `${field}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
      return [...weight(term.weight, at), ...nodeSelectorTerm(term.preference ?? {}, `${at}.preference`)]
    }),
    ...podAffinity(affinity?.podAffinity, `${field}.podAffinity`),
    ...podAffinity(affinity?.podAntiAffinity, `${field}.podAntiAffinity`),
  ]
}

function weight(value: number, at: string): StatusCause[] {
  return value > 0 && value <= 100 ? [] : [invalidValue(`${at}.weight`, value, 'must be in the range 1-100')]
}

function nodeSelector(terms: readonly NodeSelectorTerm[], field: string): StatusCause[] {
  const at = `${field}.nodeSelectorTerms`
  if (terms.length === 0) return [requiredValue(at, 'must have at least one node selector term')]
  return terms.flatMap((term, index) => nodeSelectorTerm(term, `${at}[${index}]`))
}

function nodeSelectorTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, at: string): StatusCause[] {
  return [
    ...matchExpressions.flatMap((requirement, index) => nodeLabel(requirement, `${at}.matchExpressions[${index}]`)),
    ...matchFields.flatMap((requirement, index) => nodeField(requirement, `${at}.matchFields[${index}]`)),
  ]
}

function nodeLabel({ key, operator, values = [] }: SelectorRequirement, at: string): StatusCause[] {
  return [...nodeOperator(operator, values, at), ...qualifiedName(key, `${at}.key`)]
}

function nodeOperator(operator: string, values: readonly string[], at: string): StatusCause[] {
  const field = `${at}.values`
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0 ? [] : [requiredValue(field, "must be specified when `operator` is 'In' or 'NotIn'")]
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? []
        : [forbiddenValue(field, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    case 'Gt':
    case 'Lt':
      return values.length === 1
        ? []
        : [requiredValue(field, "must be specified single value when `operator` is 'Lt' or 'Gt'")]
    default:
      return [invalidValue(`${at}.operator`, operator, 'not a valid selector operator')]
  }
}

function nodeField({ key, operator, values = [] }: SelectorRequirement, at: string): StatusCause[] {
  const causes: StatusCause[] = []
  if (operator !== 'In' && operator !== 'NotIn') {
    causes.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'))
  } else if (values.length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
    causes.push(requiredValue(`${at}.values`, detail))
  }
  if (key !== 'metadata.name') {
    return [...causes, invalidValue(`${at}.key`, key, 'not a valid field selector key')]
  }
  return [
    ...causes,
    ...values.flatMap((value, index) =>
      isDns1123Subdomain(value).map((problem) => invalidValue(`${at}.values[${index}]`, value, problem)),
    ),
  ]
}

function podAffinity(affinity: PodAffinity | undefined, field: string): StatusCause[] {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return [
    ...required.flatMap((term, index) =>
      podAffinityTerm(term, `${field}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
    ),
    ...preferred.flatMap((term, index) => {
      const at = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`
      return [...weight(term.weight, at), ...podAffinityTerm(term.podAffinityTerm ?? {}, `${at}.podAffinityTerm`)]
    }),
  ]
}

function podAffinityTerm(term: Partial<PodAffinityTerm>, at: string): StatusCause[] {
  const { labelSelector: labels, namespaceSelector, namespaces = [], topologyKey = '' } = term
  return [
    ...labelSelector(labels, `${at}.labelSelector`),
    ...labelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...namespaces.flatMap((name) =>
      isDns1123Label(name).map((problem) => invalidValue(`${at}.namespace`, name, problem)),
    ),
    ...(topologyKey === '' ? [requiredValue(`${at}.topologyKey`, 'can not be empty')] : []),
    ...qualifiedName(topologyKey, `${at}.topologyKey`),
  ]
}

function qualifiedName(name: string, field: string): StatusCause[] {
  return isQualifiedName(name).map((problem) => invalidValue(field, name, problem))
}
