/** Machines that belong together, and machines that must stay apart. Source: the scheduler's inter-pod affinity plug-in. */

import type { PodAffinityTerm, VirtualMachineInstance } from '@berth/api'
import type { Node } from '@berth/kube'
import { domainOf, isMeant, podLabels, type Surroundings } from './neighbours.ts'

/** Why the machines that are there keep this one off the node. */
export function affinityProblem(
  node: Readonly<Node>,
  instance: Readonly<VirtualMachineInstance>,
  around: Surroundings,
): string | undefined {
  const me = { namespace: instance.metadata.namespace ?? '', labels: podLabels(instance) }
  const { podAffinity, podAntiAffinity } = instance.spec.affinity ?? {}
  const wanted = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const company = (term: PodAffinityTerm): boolean => hasCompany(term, node, me, around)
  // The first of a group that wants to be together has nobody to join yet.
  const isFirst = wanted.every(
    (term) =>
      isMeant(term, me, me, around.namespaceLabels) &&
      domainOf(node, term.topologyKey) !== undefined &&
      !around.neighbours.some((other) => isMeant(term, me, other, around.namespaceLabels)),
  )
  if (!isFirst && !wanted.every(company)) return "node(s) didn't match pod affinity rules"
  if ((podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(company))
    return "node(s) didn't match pod anti-affinity rules"
  const shunned = around.neighbours.some((other) => {
    const terms = other.instance.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    return terms.some(
      (term) => samePlace(node, other.node, term.topologyKey) && isMeant(term, other, me, around.namespaceLabels),
    )
  })
  return shunned ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined
}

/** Weights of the preferences met, less those of the aversions. */
export function affinityPreference(
  node: Readonly<Node>,
  instance: Readonly<VirtualMachineInstance>,
  around: Surroundings,
): number {
  const me = { namespace: instance.metadata.namespace ?? '', labels: podLabels(instance) }
  const { podAffinity, podAntiAffinity } = instance.spec.affinity ?? {}
  const sum = (terms: { weight: number; podAffinityTerm: PodAffinityTerm }[] = []): number =>
    terms.reduce((total, { weight, podAffinityTerm: term }) => {
      const company = around.neighbours.filter(
        (other) => samePlace(node, other.node, term.topologyKey) && isMeant(term, me, other, around.namespaceLabels),
      )
      return total + weight * company.length
    }, 0)
  return (
    sum(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution) -
    sum(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution)
  )
}

function hasCompany(
  term: PodAffinityTerm,
  node: Readonly<Node>,
  me: { namespace: string; labels: Readonly<Record<string, string>> },
  { neighbours, namespaceLabels }: Surroundings,
): boolean {
  return neighbours.some(
    (other) => samePlace(node, other.node, term.topologyKey) && isMeant(term, me, other, namespaceLabels),
  )
}

function samePlace(left: Readonly<Node>, right: Readonly<Node>, topologyKey: string): boolean {
  const place = domainOf(left, topologyKey)
  return place !== undefined && place === domainOf(right, topologyKey)
}
