/** Which machines of a pool go or change first. */

import { labelSelectorFromObject, matchesLabels } from '@berth/meta'
import type { SelectorRequirement } from '../types/placement.ts'
import type { PoolSelectionPolicy } from '../types/group.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { poolIndex } from './pool-names.ts'

type Machines = readonly Readonly<VirtualMachine>[]

/** In the policy's order; random without one. @param random from 0 up to 1 */
export function sortedByPolicy(
  machines: Machines,
  policy: PoolSelectionPolicy | undefined,
  random: () => number,
): Readonly<VirtualMachine>[] {
  const index = ({ metadata }: Readonly<VirtualMachine>): number => poolIndex(metadata.name ?? '') ?? 0
  const madeAt = ({ metadata }: Readonly<VirtualMachine>): string => metadata.creationTimestamp ?? ''
  switch (policy?.sortPolicy ?? 'Random') {
    case 'AscendingOrder':
      return machines.toSorted((a, b) => index(a) - index(b))
    case 'DescendingOrder':
      return machines.toSorted((a, b) => index(b) - index(a))
    case 'Newest':
      return machines.toSorted((a, b) => madeAt(b).localeCompare(madeAt(a)))
    case 'Oldest':
      return machines.toSorted((a, b) => madeAt(a).localeCompare(madeAt(b)))
    case 'Random':
      return machines
        .map((machine) => ({ machine, at: random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ machine }) => machine)
  }
}

/** Only those that the policy's selectors choose: by the template's labels and its nodeSelector. */
export function selectedByPolicy(machines: Machines, policy: PoolSelectionPolicy | undefined): Machines {
  const { labelSelector, nodeSelectorRequirementMatcher } = policy?.selectors ?? {}
  const byLabel = labelSelector === undefined ? undefined : labelSelectorFromObject(labelSelector)
  return machines.filter(({ spec: { template } }) => {
    if (byLabel !== undefined && !matchesLabels(byLabel, template.metadata?.labels ?? {})) return false
    return (nodeSelectorRequirementMatcher ?? []).every((each) => meets(each, template.spec.nodeSelector ?? {}))
  })
}

/** A machine's nodeSelector looked at as a set of labels. */
function meets({ key, operator, values = [] }: SelectorRequirement, labels: Record<string, string>): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}
