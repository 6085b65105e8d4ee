/** Chooses the node of an instance: pure, and explains itself when there is none. */

import type { VirtualMachineInstance } from '@berth/api'
import { isFinal } from '@berth/api'
import { quantityToBytes } from '@berth/meta'
import type { Node } from '@berth/kube'

export type NodeChoice = { node: string; why?: undefined } | { node: undefined; why: string }

/** By object, which the cache never changes: every placement asks for all running machines. */
const knownMemory = new WeakMap<Readonly<VirtualMachineInstance>, number>()

/** Memory the guest gets, in bytes. */
export function guestMemoryBytes(instance: Readonly<VirtualMachineInstance>): number {
  const known = knownMemory.get(instance)
  if (known !== undefined) return known
  const bytes = readMemory(instance)
  knownMemory.set(instance, bytes)
  return bytes
}

function readMemory(instance: Readonly<VirtualMachineInstance>): number {
  const { memory, resources } = instance.spec.domain
  return quantityToBytes(memory?.guest ?? resources?.requests?.['memory'] ?? resources?.limits?.['memory'] ?? '0')
}

/** The node with the most free memory among those that match; ties go to the first by name. */
export function chooseNode(
  instance: Readonly<VirtualMachineInstance>,
  cluster: {
    nodes: readonly Readonly<Node>[]
    instances: readonly Readonly<VirtualMachineInstance>[]
    /** Node by instance uid, of those placed a moment ago. */
    placed?: ReadonlyMap<string, string>
  },
): NodeChoice {
  const wanted = guestMemoryBytes(instance)
  const reasons = new Map<string, number>()
  const refuse = (reason: string): undefined => {
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    return undefined
  }
  let best: { name: string; free: number } | undefined
  for (const node of cluster.nodes.toSorted((a, b) => (a.metadata.name ?? '').localeCompare(b.metadata.name ?? ''))) {
    const free = freeMemory(node, instance, cluster)
    const problem = whyNot(node, instance) ?? (free < wanted ? 'Insufficient memory' : undefined)
    if (problem !== undefined) refuse(problem)
    else if (best === undefined || free > best.free) best = { name: node.metadata.name ?? '', free }
  }
  if (best !== undefined) return { node: best.name }
  const details = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(', ')
  return {
    node: undefined,
    why: `0/${cluster.nodes.length} nodes are available: ${details === '' ? 'no node is registered' : details}.`,
  }
}

function whyNot(node: Readonly<Node>, instance: Readonly<VirtualMachineInstance>): string | undefined {
  if (node.spec?.unschedulable === true) return 'node(s) were unschedulable'
  if (!(node.status?.conditions ?? []).some((entry) => entry.type === 'Ready' && entry.status === 'True'))
    return 'node(s) were not ready'
  const labels = node.metadata.labels ?? {}
  const mismatch = Object.entries(instance.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)
  return mismatch ? "node(s) didn't match Pod's node affinity/selector" : undefined
}

function freeMemory(
  node: Readonly<Node>,
  except: Readonly<VirtualMachineInstance>,
  {
    instances,
    placed,
  }: { instances: readonly Readonly<VirtualMachineInstance>[]; placed?: ReadonlyMap<string, string> },
): number {
  const all = quantityToBytes(node.status?.allocatable?.['memory'] ?? '0')
  const nodeOf = (other: Readonly<VirtualMachineInstance>): string | undefined =>
    other.status?.nodeName ?? placed?.get(other.metadata.uid ?? '')
  let free = all
  for (const other of instances) {
    if (nodeOf(other) === node.metadata.name && !isFinal(other) && other.metadata.uid !== except.metadata.uid)
      free -= guestMemoryBytes(other)
  }
  return free
}
