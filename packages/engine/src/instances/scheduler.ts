/** Chooses the node of an instance: pure, and explains itself when there is none. */

import type { VirtualMachineInstance } from '@berth/api'
import type { Node } from '@berth/kube'
import { freeMemory, wantedMemory, type Placements } from './placement/memory.ts'
import { neighboursOf, type Surroundings } from './placement/neighbours.ts'
import { matchesNode, nodePreference } from './placement/node-affinity.ts'
import { affinityPreference, affinityProblem } from './placement/pod-affinity.ts'
import { scarceProblem } from './placement/scarce.ts'
import { spreadPreference, spreadProblem } from './placement/spread.ts'
import { discouragingTaints, forbiddingTaint } from './placement/taints.ts'

export type NodeChoice = { node: string; why?: undefined } | { node: undefined; why: string }

export interface Cluster extends Placements {
  nodes: readonly Readonly<Node>[]
  /** Labels the cluster asks of every node that runs machines; they win over the machine's own. */
  nodeSelectors?: Readonly<Record<string, string>>
  /** Labels of a namespace, for affinity that selects namespaces by label. */
  namespaceLabels?: (namespace: string) => Readonly<Record<string, string>>
}

/**
 * Of the nodes on which the instance may run, the one that its preferences like best; then the one with the most free memory; ties
 * go to the first by name.
 */
export function chooseNode(instance: Readonly<VirtualMachineInstance>, cluster: Cluster): NodeChoice {
  const wanted = wantedMemory(instance, cluster)
  const around: Surroundings = {
    nodes: cluster.nodes,
    neighbours: neighboursOf(instance, cluster),
    namespaceLabels: cluster.namespaceLabels ?? (() => ({})),
  }
  const reasons = new Map<string, number>()
  let best: { name: string; liking: number; free: number } | undefined
  for (const node of cluster.nodes.toSorted((a, b) => (a.metadata.name ?? '').localeCompare(b.metadata.name ?? ''))) {
    const free = freeMemory(node, instance, cluster)
    const problem =
      whyNot(node, instance, around, cluster.nodeSelectors) ??
      (free < wanted ? 'Insufficient memory' : scarceProblem(node, instance, cluster))
    if (problem !== undefined) {
      reasons.set(problem, (reasons.get(problem) ?? 0) + 1)
      continue
    }
    const liking = preferenceFor(node, instance, around)
    if (best === undefined || liking > best.liking || (liking === best.liking && free > best.free))
      best = { name: node.metadata.name ?? '', liking, free }
  }
  if (best !== undefined) return { node: best.name }
  const details = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(', ')
  return {
    node: undefined,
    why: `0/${cluster.nodes.length} nodes are available: ${details === '' ? 'no node is registered' : details}.`,
  }
}

function whyNot(
  node: Readonly<Node>,
  instance: Readonly<VirtualMachineInstance>,
  around: Surroundings,
  nodeSelectors: Cluster['nodeSelectors'],
): string | undefined {
  const { spec } = instance
  if (node.spec?.unschedulable === true && !toleratesCordon(instance)) return 'node(s) were unschedulable'
  if (!(node.status?.conditions ?? []).some((entry) => entry.type === 'Ready' && entry.status === 'True'))
    return 'node(s) were not ready'
  const taint = forbiddingTaint(node, spec.tolerations)
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`
  const nodeSelector = { ...spec.nodeSelector, ...nodeSelectors }
  if (!matchesNode(node, { ...spec, nodeSelector })) return "node(s) didn't match Pod's node affinity/selector"
  return affinityProblem(node, instance, around) ?? spreadProblem(node, instance, around)
}

/** Whoever tolerates the taint that a cordon stands for is not kept off by the cordon. */
function toleratesCordon({ spec }: Readonly<VirtualMachineInstance>): boolean {
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
  const cordoned: Node = { apiVersion: 'v1', kind: 'Node', metadata: {}, spec: { taints: [cordon] } }
  return forbiddingTaint(cordoned, spec.tolerations) === undefined
}

function preferenceFor(node: Readonly<Node>, instance: Readonly<VirtualMachineInstance>, around: Surroundings): number {
  return (
    nodePreference(node, instance.spec) +
    affinityPreference(node, instance, around) +
    spreadPreference(node, instance, around) -
    discouragingTaints(node, instance.spec.tolerations)
  )
}
