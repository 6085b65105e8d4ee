/** What of a host is given to one machine alone: huge pages, and processors. */

import { isFinal, type VirtualMachineInstance } from '@berth/api'
import { quantityToBytes } from '@berth/meta'
import type { Node } from '@berth/kube'
import { dedicatedProcessors, hugePages } from '../launcher-resources.ts'

/** Processors that the host keeps, for itself and for all other machines. */
const keptProcessors = 1

/** Why a node cannot give them, as the scheduler of Kubernetes says it. */
export function scarceProblem(
  node: Readonly<Node>,
  instance: Readonly<VirtualMachineInstance>,
  cluster: { instances: readonly Readonly<VirtualMachineInstance>[]; placed?: ReadonlyMap<string, string> },
): string | undefined {
  const nodeOf = (other: Readonly<VirtualMachineInstance>): string | undefined =>
    other.status?.nodeName ?? cluster.placed?.get(other.metadata.uid ?? '')
  const others = cluster.instances.filter(
    (other) => nodeOf(other) !== undefined && !isFinal(other) && other.metadata.uid !== instance.metadata.uid,
  )
  const processors = dedicatedProcessors(instance)
  // All nodes are one host, and have its processors in common.
  const taken = others.reduce((sum, other) => sum + dedicatedProcessors(other), 0)
  const there = Number(node.status?.allocatable?.['cpu'] ?? 0) - keptProcessors
  if (processors > 0 && processors > there - taken) return 'Insufficient cpu'
  for (const [name, wanted] of Object.entries(hugePages(instance) ?? {})) {
    const inUse = others
      .filter((other) => nodeOf(other) === node.metadata.name)
      .reduce((sum, other) => sum + quantityToBytes(hugePages(other)?.[name] ?? '0'), 0)
    const all = quantityToBytes(node.status?.allocatable?.[name] ?? '0')
    if (quantityToBytes(wanted) > all - inUse) return `Insufficient ${name}`
  }
  return undefined
}
