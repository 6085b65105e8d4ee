/** Machines spread evenly over places. Source: the scheduler's pod topology spread plug-in. */

import type { TopologySpreadConstraint, VirtualMachineInstance } from '@berth/api'
import type { Node } from '@berth/kube'
import { domainOf, matches, podLabels, type Surroundings } from './neighbours.ts'
import { matchesNode } from './node-affinity.ts'
import { forbiddingTaint } from './taints.ts'

/** Why the constraints that must hold keep the instance off the node. */
export function spreadProblem(
  node: Readonly<Node>,
  instance: Readonly<VirtualMachineInstance>,
  around: Surroundings,
): string | undefined {
  for (const constraint of instance.spec.topologySpreadConstraints ?? []) {
    if (constraint.whenUnsatisfiable !== 'DoNotSchedule') continue
    const place = domainOf(node, constraint.topologyKey)
    if (place === undefined) return "node(s) didn't match pod topology spread constraints (missing required label)"
    const counts = countByPlace(constraint, instance, around)
    const few = constraint.minDomains !== undefined && counts.size < constraint.minDomains
    const least = few ? 0 : Math.min(...counts.values())
    const own = countsItself(constraint, instance) ? 1 : 0
    if ((counts.get(place) ?? 0) + own - least > constraint.maxSkew)
      return "node(s) didn't match pod topology spread constraints"
  }
  return undefined
}

/** The more company a place has already, the less it is liked by constraints that need not hold. */
export function spreadPreference(
  node: Readonly<Node>,
  instance: Readonly<VirtualMachineInstance>,
  around: Surroundings,
): number {
  return (instance.spec.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway')
    .reduce((sum, constraint) => {
      const place = domainOf(node, constraint.topologyKey)
      return sum - (place === undefined ? 0 : (countByPlace(constraint, instance, around).get(place) ?? 0))
    }, 0)
}

function countByPlace(
  constraint: TopologySpreadConstraint,
  instance: Readonly<VirtualMachineInstance>,
  { nodes, neighbours }: Surroundings,
): Map<string, number> {
  const counts = new Map<string, number>()
  for (const node of nodes) {
    const place = domainOf(node, constraint.topologyKey)
    if (place !== undefined && isEligible(node, constraint, instance)) counts.set(place, counts.get(place) ?? 0)
  }
  const labels = podLabels(instance)
  const keys = constraint.matchLabelKeys ?? []
  for (const other of neighbours) {
    const place = domainOf(other.node, constraint.topologyKey)
    const alike = keys.every((key) => labels[key] === undefined || other.labels[key] === labels[key])
    const isOurs = other.namespace === instance.metadata.namespace && alike
    if (place !== undefined && counts.has(place) && isOurs && matches(constraint.labelSelector, other.labels))
      counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  return counts
}

function isEligible(
  node: Readonly<Node>,
  { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' }: TopologySpreadConstraint,
  { spec }: Readonly<VirtualMachineInstance>,
): boolean {
  if (nodeAffinityPolicy === 'Honor' && !matchesNode(node, spec)) return false
  return nodeTaintsPolicy !== 'Honor' || forbiddingTaint(node, spec.tolerations) === undefined
}

function countsItself(
  { labelSelector }: TopologySpreadConstraint,
  instance: Readonly<VirtualMachineInstance>,
): boolean {
  return matches(labelSelector, podLabels(instance))
}
