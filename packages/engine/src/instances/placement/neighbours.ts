/** The machines that are placed already, as the launcher pods that clients see: what affinity between machines is about. */

import {
  isFinal,
  launcherPodLabels,
  type LabelSelectorTerms,
  type PodAffinityTerm,
  type VirtualMachineInstance,
} from '@berth/api'
import { labelSelectorFromObject, matchesLabels } from '@berth/meta'
import type { Node } from '@berth/kube'

type Labels = Readonly<Record<string, string>>

export interface Neighbour {
  instance: Readonly<VirtualMachineInstance>
  node: Readonly<Node>
  namespace: string
  labels: Labels
}

export interface Surroundings {
  nodes: readonly Readonly<Node>[]
  neighbours: readonly Neighbour[]
  /** Labels of a namespace, where some term selects namespaces by label. */
  namespaceLabels: (namespace: string) => Labels
}

/** Labels of an instance's launcher pod. */
export function podLabels({ metadata }: Readonly<VirtualMachineInstance>): Labels {
  return { ...metadata.labels, ...launcherPodLabels({ name: metadata.name ?? '', uid: metadata.uid ?? '' }) }
}

/** All machines but this one that take up a node. */
export function neighboursOf(
  instance: Readonly<VirtualMachineInstance>,
  cluster: {
    nodes: readonly Readonly<Node>[]
    instances: readonly Readonly<VirtualMachineInstance>[]
    placed?: ReadonlyMap<string, string>
  },
): Neighbour[] {
  const { podAffinity, podAntiAffinity } = instance.spec.affinity ?? {}
  // Most machines do not care for their neighbours: then only those count that care for this one.
  const cares = podAffinity ?? podAntiAffinity ?? instance.spec.topologySpreadConstraints
  const nodes = new Map(cluster.nodes.map((node) => [node.metadata.name ?? '', node]))
  return cluster.instances.flatMap((other) => {
    if (isFinal(other) || other.metadata.uid === instance.metadata.uid) return []
    if (cares === undefined && other.spec.affinity?.podAntiAffinity === undefined) return []
    const node = nodes.get(other.status?.nodeName ?? cluster.placed?.get(other.metadata.uid ?? '') ?? '')
    const namespace = other.metadata.namespace ?? ''
    return node === undefined ? [] : [{ instance: other, node, namespace, labels: podLabels(other) }]
  })
}

/**
 * Whether a term written in `owner` means this machine. Keys of `matchLabelKeys` ask for the owner's own value.
 * Source: core/v1 PodAffinityTerm.
 */
export function isMeant(
  term: PodAffinityTerm,
  owner: { namespace: string; labels: Labels },
  other: { namespace: string; labels: Labels },
  namespaceLabels: Surroundings['namespaceLabels'],
): boolean {
  const { namespaces = [], namespaceSelector, labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term
  const inNamespace =
    namespaceSelector === undefined && namespaces.length === 0
      ? other.namespace === owner.namespace
      : namespaces.includes(other.namespace) ||
        (namespaceSelector !== undefined && matches(namespaceSelector, namespaceLabels(other.namespace)))
  if (!inNamespace || !matches(labelSelector, other.labels)) return false
  return (
    matchLabelKeys.every((key) => owner.labels[key] === undefined || other.labels[key] === owner.labels[key]) &&
    mismatchLabelKeys.every((key) => owner.labels[key] === undefined || other.labels[key] !== owner.labels[key])
  )
}

/** An absent selector matches nothing. */
export function matches(selector: LabelSelectorTerms | undefined, labels: Labels): boolean {
  return matchesLabels(labelSelectorFromObject(selector), labels)
}

/** The value that makes nodes one place; undefined where the node is no such place. */
export function domainOf(node: Readonly<Node>, topologyKey: string): string | undefined {
  return node.metadata.labels?.[topologyKey]
}

/** Whether the labels of namespaces have to be known to place this instance among these. */
export function asksForNamespaces(
  instance: Readonly<VirtualMachineInstance>,
  instances: readonly Readonly<VirtualMachineInstance>[],
): boolean {
  return [instance, ...instances].some(({ spec }) => {
    const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
    return [podAffinity, podAntiAffinity].some((affinity) => {
      const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
      const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
      const terms = [...required, ...preferred.map(({ podAffinityTerm }) => podAffinityTerm)]
      return terms.some(({ namespaceSelector }) => namespaceSelector !== undefined)
    })
  })
}
