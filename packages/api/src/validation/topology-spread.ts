/** Kubernetes' rules for topology spread constraints. */

import {
  duplicateValue,
  invalidValue,
  isQualifiedName,
  requiredValue,
  unsupportedValue,
  type StatusCause,
} from '@berth/meta'
import type { TopologySpreadConstraint } from '../types/placement.ts'
import { labelSelector } from './label-selector.ts'

const actions = ['DoNotSchedule', 'ScheduleAnyway']

export function topologySpread(list: readonly TopologySpreadConstraint[], field: string): StatusCause[] {
  const later = new Map<string, number>()
  for (const constraint of list) later.set(pairOf(constraint), (later.get(pairOf(constraint)) ?? 0) + 1)
  return list.flatMap((constraint, index) => {
    const at = `${field}[${index}]`
    const pair = pairOf(constraint)
    const left = (later.get(pair) ?? 1) - 1
    later.set(pair, left)
    return [
      ...(constraint.maxSkew > 0
        ? []
        : [invalidValue(`${at}.maxSkew`, constraint.maxSkew, 'must be greater than zero')]),
      ...topologyKey(constraint.topologyKey, `${at}.topologyKey`),
      ...(actions.includes(constraint.whenUnsatisfiable)
        ? []
        : [unsupportedValue(`${at}.whenUnsatisfiable`, constraint.whenUnsatisfiable, actions)]),
      // Not at the constraint's own path, in KubeVirt too.
      ...labelSelector(constraint.labelSelector, `${field}.labelSelector`),
      ...(left > 0 ? [duplicateValue(`${at}.{topologyKey, whenUnsatisfiable}`, pair)] : []),
    ]
  })
}

function topologyKey(key: string, field: string): StatusCause[] {
  if ((key ?? '') === '') return [requiredValue(field, 'can not be empty')]
  return isQualifiedName(key).map((problem) => invalidValue(field, key, problem))
}

function pairOf({ topologyKey: key, whenUnsatisfiable }: TopologySpreadConstraint): string {
  return `{${key}, ${whenUnsatisfiable}}`
}
