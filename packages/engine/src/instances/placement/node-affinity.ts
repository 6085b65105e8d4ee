/** Whether a node's labels and fields match what an instance asks of them. Source: core/v1 NodeSelector. */

import type { NodeSelectorTerm, SelectorRequirement, VirtualMachineInstance } from '@berth/api'
import type { Node } from '@berth/kube'

type Holds = (value: string | undefined, values: readonly string[]) => boolean

const integer = (value: string | undefined): number =>
  value !== undefined && /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN

const operators: Record<string, Holds> = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
  Gt: (value, [bound]) => integer(value) > integer(bound),
  Lt: (value, [bound]) => integer(value) < integer(bound),
}

function holds({ key, operator, values = [] }: SelectorRequirement, found: Readonly<Record<string, string>>): boolean {
  // An operator that admission let through and that is not known here matches no node.
  return operators[operator]?.(Object.hasOwn(found, key) ? found[key] : undefined, values) ?? false
}

/** A term that asks nothing matches nothing. */
export function matchesTerm(
  node: Readonly<Node>,
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false
  const fields = { 'metadata.name': node.metadata.name ?? '' }
  return (
    matchExpressions.every((requirement) => holds(requirement, node.metadata.labels ?? {})) &&
    matchFields.every((requirement) => holds(requirement, fields))
  )
}

/** nodeSelector and required node affinity; the terms are alternatives. */
export function matchesNode(node: Readonly<Node>, { nodeSelector, affinity }: VirtualMachineInstance['spec']): boolean {
  const labels = node.metadata.labels ?? {}
  if (Object.entries(nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) return false
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(node, term))
}

/** The weights of the preferences that the node meets. */
export function nodePreference(node: Readonly<Node>, { affinity }: VirtualMachineInstance['spec']): number {
  const preferred = affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(node, preference) ? weight : 0), 0)
}
