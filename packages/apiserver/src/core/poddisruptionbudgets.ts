/** PodDisruptionBudgets (policy/v1): how many pods of a group may be evicted at once. */

import { invalidValue, unsupportedValue, type Json, type SchemaSet, type StatusCause } from '@berth/meta'
import { selectorCauses } from '../admission/kinds/selector-causes.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import { ageColumn, builtIn, text, type CoreObject } from './built-in.ts'
import { numberAt, objectAt, textAt } from './fields.ts'

const policies = ['AlwaysAllow', 'IfHealthyBudget']
const percent = /^[0-9]+%$/

/** A number of pods, or a share of them. */
function amountCauses(value: Json | undefined, field: string): StatusCause[] {
  if (typeof value === 'number') {
    return value < 0 ? [invalidValue(field, value, 'must be greater than or equal to 0')] : []
  }
  if (typeof value !== 'string') return []
  if (!percent.test(value)) {
    const why = `a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`
    return [invalidValue(field, value, why)]
  }
  return Number.parseInt(value, 10) > 100 ? [invalidValue(field, value, 'must not be greater than 100%')] : []
}

function causesOf(budget: CoreObject): StatusCause[] {
  const spec = objectAt(budget, 'spec') ?? {}
  const { minAvailable, maxUnavailable } = spec
  const causes: StatusCause[] = []
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    causes.push(invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set'))
  }
  causes.push(
    ...amountCauses(minAvailable, 'spec.minAvailable'),
    ...amountCauses(maxUnavailable, 'spec.maxUnavailable'),
    ...selectorCauses(spec, 'selector', 'spec'),
  )
  const policy = textAt(spec, 'unhealthyPodEvictionPolicy')
  if (policy !== '' && !policies.includes(policy)) {
    causes.push(unsupportedValue('spec.unhealthyPodEvictionPolicy', policy, policies))
  }
  return causes
}

function amountText(key: string) {
  return (budget: CoreObject): Json => {
    const value = objectAt(budget, 'spec')?.[key]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : 'N/A'
  }
}

export function poddisruptionbudgets(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'policy.v1',
    group: 'policy',
    kind: 'PodDisruptionBudget',
    resource: 'poddisruptionbudgets',
    shortNames: ['pdb'],
    namespaced: true,
    unconditionalUpdate: false,
    status: true,
    columns: [
      text('Min Available', amountText('minAvailable')),
      text('Max Unavailable', amountText('maxUnavailable')),
      {
        name: 'Allowed Disruptions',
        type: 'integer',
        value: (budget) => numberAt(objectAt(budget, 'status'), 'disruptionsAllowed'),
      },
      ageColumn,
    ],
    rules: { validate: causesOf },
  })
}
