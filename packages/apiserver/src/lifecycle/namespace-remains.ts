/** What a terminating namespace still holds, and how its conditions say so (namespace controller of Kubernetes). */

import { qualifiedResource, setCondition, type Condition } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'

export interface Remains {
  /** Objects left, by resource. */
  counts: Map<ResourceDefinition, number>
  /** Objects each finalizer holds back. */
  finalizers: Map<string, number>
  /** Deletions that were refused. */
  failures: string[]
}

/** Failures spelled out in a condition; more only add length. */
const maxShown = 10

/** The conditions of the namespace; the very same list when nothing changed. */
export function remainsConditions(
  remains: Remains,
  conditions: readonly Condition[] | undefined,
  now: Date,
): readonly Condition[] {
  const { counts, finalizers, failures } = remains
  const left = [...counts].map(
    ([definition, count]) =>
      `${qualifiedResource(definition)}${definition.group === '' ? '.' : ''} has ${count} resource instances`,
  )
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`)
  const updates = [
    verdict('NamespaceDeletionDiscoveryFailure', [], {
      bad: 'DiscoveryFailed',
      good: 'ResourcesDiscovered',
      fine: 'All resources successfully discovered',
      prefix: '',
    }),
    verdict('NamespaceDeletionGroupVersionParsingFailure', [], {
      bad: 'GroupVersionParsingFailed',
      good: 'ParsedGroupVersions',
      fine: 'All legacy kube types successfully parsed',
      prefix: '',
    }),
    verdict('NamespaceDeletionContentFailure', failures.slice(0, maxShown), {
      bad: 'ContentDeletionFailed',
      good: 'ContentDeleted',
      fine: 'All content successfully deleted, may be waiting on finalization',
      prefix: 'Failed to delete all resource types, ',
    }),
    verdict('NamespaceContentRemaining', left, {
      bad: 'SomeResourcesRemain',
      good: 'ContentRemoved',
      fine: 'All content successfully removed',
      prefix: 'Some resources are remaining: ',
    }),
    verdict('NamespaceFinalizersRemaining', held, {
      bad: 'SomeFinalizersRemain',
      good: 'ContentHasNoFinalizers',
      fine: 'All content-preserving finalizers finished',
      prefix: 'Some content in the namespace has finalizers remaining: ',
    }),
  ]
  let result = conditions ?? []
  for (const update of updates) result = setCondition(result, update, now)
  return result
}

/** `True` when there is something to report. */
function verdict(
  type: string,
  found: string[],
  words: { bad: string; good: string; fine: string; prefix: string },
): Omit<Condition, 'lastTransitionTime'> {
  if (found.length === 0) return { type, status: 'False', reason: words.good, message: words.fine }
  return { type, status: 'True', reason: words.bad, message: `${words.prefix}${found.join(', ')}` }
}
