/** Admission of what Windows asks of its hypervisor: features that need others. Only of an instance, after its defaults. */

import type { StatusCause } from '@berth/meta'
import { hypervNeeds } from '../defaulting/hyperv.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { invalidField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'

export const hypervAdmission: readonly InstanceRule[] = [
  { name: 'features that need others', causes: needs },
  { name: 'evmcs', causes: evmcs },
  {
    name: 'one way to choose',
    causes: ({ domain: { features } }, { field }) => {
      const message =
        'Cannot explicitly set hyperV features if HypervPassthrough is being used. Please use either HyperV or HypervPassthrough.'
      return features?.hyperv !== undefined && features.hypervPassthrough !== undefined
        ? [invalidField(`${field}.domain.features.hyperv`, message)]
        : []
    },
  },
]

function needs({ domain: { features } }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const hyperv = features?.hyperv
  if (hyperv === undefined) return []
  // KubeVirt starts the path at the features, and then says it again.
  const at = `${field}.domain.features.hyperv.domain.features.hyperv`
  return hypervNeeds.flatMap(([feature, needed]) =>
    hyperv[feature]?.enabled === true && hyperv[needed]?.enabled !== true
      ? [invalidField(`${at}.${feature}`, `'${at}.${feature}' requires '${at}.${needed}', which was disabled.`)]
      : [],
  )
}

/** Nested Hyper-V is Intel's. */
function evmcs({ domain }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const feature = domain.features?.hyperv?.evmcs
  if (feature === undefined || feature.enabled === false) return []
  const at = `${field}.domain.cpu.features`
  const list = domain.cpu?.features ?? []
  if (list.length === 0) {
    return [{ reason: 'FieldValueRequired', message: 'vmx cpu feature is required when evmcs is set', field: at }]
  }
  return list.flatMap(({ name, policy }, index) =>
    name === 'vmx' && policy !== 'require'
      ? [invalidField(`${at}[${index}].policy`, 'vmx cpu feature has to be set to require policy')]
      : [],
  )
}
