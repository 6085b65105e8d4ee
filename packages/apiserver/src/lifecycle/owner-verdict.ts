/** What is to become of an object, given the state of its owners. Pure: the garbage collector's rules in one place. */

import type { OwnerReference } from '@berth/meta'
import { foregroundFinalizer, orphanFinalizer, waitsForDependents, type GraphNode } from './owner-graph.ts'

/**
 * - `present`: exists.
 * - `waiting`: exists, is being deleted in the foreground and waits for this object.
 * - `absent`: does not exist (any more), or a namesake does.
 * - `unknown`: its kind is not served here, so nobody can tell; counts as present.
 */
export type OwnerState = 'present' | 'waiting' | 'absent' | 'unknown'

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

export type Verdict =
  | { kind: 'keep' }
  /** Some owners are left: drop the references to the others. */
  | { kind: 'dropOwners'; uids: string[] }
  /** `unblock`: first stop holding up the owners, because they and this object wait for each other. */
  | { kind: 'delete'; propagation: Propagation; unblock: boolean }
  /** Being deleted in the foreground, and nothing holds it up any more. */
  | { kind: 'finishForeground' }
  /** Being deleted in the foreground: these have to go first. */
  | { kind: 'awaitDependents'; uids: string[] }
  /** Being deleted, but its dependents stay. */
  | { kind: 'orphanDependents' }

export interface Surroundings {
  dependents: readonly GraphNode[]
  stateOf(this: void, owner: OwnerReference): OwnerState
  /** True for a dependent that waits, through others or directly, for the very object that waits for it. */
  waitsBack(this: void, dependent: GraphNode): boolean
}

export function verdictOn(node: GraphNode, { dependents, stateOf, waitsBack }: Surroundings): Verdict {
  if (node.deleting) return verdictOnDeleting(node, dependents, waitsBack)
  if (node.owners.length === 0) return { kind: 'keep' }

  const states = node.owners.map((owner) => ({ uid: owner.uid, state: stateOf(owner) }))
  const lost = states.filter(({ state }) => state === 'absent' || state === 'waiting').map(({ uid }) => uid)
  if (lost.length === 0) return { kind: 'keep' }
  if (lost.length < states.length) return { kind: 'dropOwners', uids: lost }

  if (dependents.length > 0 && states.some(({ state }) => state === 'waiting')) {
    // A dependent that itself waits in the foreground closes a circle; it would never end.
    return { kind: 'delete', propagation: 'Foreground', unblock: dependents.some(waitsForDependents) }
  }
  return { kind: 'delete', propagation: policyOf(node), unblock: false }
}

/** True when `dependent` holds up the foreground deletion of `owner`. */
export function blocks(dependent: GraphNode, owner: GraphNode): boolean {
  return dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === owner.uid && blockOwnerDeletion === true)
}

function verdictOnDeleting(
  node: GraphNode,
  dependents: readonly GraphNode[],
  waitsBack: Surroundings['waitsBack'],
): Verdict {
  if (node.finalizers.includes(orphanFinalizer)) return { kind: 'orphanDependents' }
  if (!waitsForDependents(node)) return { kind: 'keep' }
  const blocking = dependents.filter((dependent) => blocks(dependent, node))
  // Those that wait themselves need no push. When they wait for this one, nobody in the circle would ever go first.
  const idle = blocking.filter((dependent) => !waitsForDependents(dependent))
  if (idle.length > 0) return { kind: 'awaitDependents', uids: idle.map(({ uid }) => uid) }
  return blocking.every(waitsBack) ? { kind: 'finishForeground' } : { kind: 'keep' }
}

/** A finalizer put there earlier says how the object wants to be deleted. */
function policyOf(node: GraphNode): Propagation {
  if (node.finalizers.includes(orphanFinalizer)) return 'Orphan'
  return node.finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background'
}
