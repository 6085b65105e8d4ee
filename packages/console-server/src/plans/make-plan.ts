/** Freezes a selection and says of each object what would happen to it, or why nothing can. */

import { isStandalone, ownDataVolumeNames } from '@berth/api'
import { messageOf } from '@berth/base'
import {
  effectsOf,
  effectsOnObject,
  refusalOf,
  rightOf,
  type ActionSpec,
  type Effect,
  type NeededRight,
  type ObjectReference,
} from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { Session } from '../sessions/session.ts'
import type { Rights } from '../watches/contract.ts'
import type { ParsedPlan } from './parse-plan.ts'
import { groupBy, keyOfReference, readStates, type FoundObject, type Reference } from './read-states.ts'

/** An object that is acted on, and no other of its name. */
export interface FrozenTarget {
  target: ObjectReference
  uid: string
  effects: Effect[]
  /** DataVolumes made for it. */
  ownDisks: string[]
}

export interface FrozenPlan {
  action: ActionSpec
  options: ParsedPlan['options']
  targets: FrozenTarget[]
  refused: { target: ObjectReference; why: string }[]
}

export interface PlanSources {
  session: Session
  clusters: readonly Cluster[]
  rights: Rights
}

/** Each cluster fails alone: what it holds is refused with the reason. */
export async function makePlan(
  { action, options }: ParsedPlan,
  references: readonly Reference[],
  sources: PlanSources,
): Promise<FrozenPlan> {
  const plan: FrozenPlan = { action, options, targets: [], refused: [] }
  for (const [id, group] of groupBy(references, ({ cluster }) => cluster)) {
    const cluster = sources.clusters.find((known) => known.id === id)
    const identity = sources.session.identities.get(id)
    if (cluster === undefined || identity === undefined) {
      const why = cluster === undefined ? 'There is no such cluster.' : `You are not signed in to ${cluster.name}.`
      for (const reference of group) plan.refused.push({ target: targetOf(reference), why })
      continue
    }
    await addCluster(plan, group, { cluster, identity, rights: sources.rights })
  }
  return plan
}

async function addCluster(
  plan: FrozenPlan,
  references: readonly Reference[],
  at: { cluster: Cluster; identity: Identity; rights: Rights },
): Promise<void> {
  let found: Map<string, FoundObject>
  try {
    found = await readStates(at.cluster.clientFor(at.identity), references)
  } catch (error) {
    for (const reference of references) plan.refused.push({ target: targetOf(reference), why: messageOf(error) })
    return
  }
  for (const reference of references) {
    const object = found.get(keyOfReference(reference))
    const why = object === undefined ? 'It is not there any more.' : await problemOf(plan.action, reference, object, at)
    if (object === undefined || why !== undefined) {
      plan.refused.push({ target: targetOf(reference), why: why ?? '' })
      continue
    }
    plan.targets.push({
      target: targetOf(reference),
      uid: object.uid,
      effects: effects(plan, reference, object),
      ownDisks: object.state === undefined ? [] : ownDataVolumeNames(object.state.machine),
    })
  }
}

function effects({ action, options }: FrozenPlan, { kind }: Reference, { state }: FoundObject): Effect[] {
  if (kind === 'VirtualMachine' && state !== undefined) return effectsOf(action.id, state, options)
  if (state !== undefined && action.id !== 'delete') return effectsOf(action.id, state, options)
  return kind === 'VirtualMachine' ? [] : effectsOnObject(kind)
}

/** The state first, as the server would; then the person's rights. */
async function problemOf(
  action: ActionSpec,
  reference: Reference,
  { state }: FoundObject,
  { cluster, identity, rights }: { cluster: Cluster; identity: Identity; rights: Rights },
): Promise<string | undefined> {
  const { kind, namespace } = reference
  if (!action.kinds.includes(kind)) return `This can't be done to a ${kind}.`
  if (
    state !== undefined &&
    !(action.id === 'delete' && state.instance !== undefined && isStandalone(state.instance))
  ) {
    const why = refusalOf(action.id, state)
    if (why !== undefined) return why
  }
  const right = rightOf(action, reference)
  const allowed = await rights.may(cluster, identity, { ...right, namespace })
  return allowed ? undefined : forbidden(right, namespace)
}

function forbidden({ verb, resource, subresource }: NeededRight, namespace: string): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`
  return `You may not ${verb} ${what} in namespace ${namespace}.`
}

function targetOf({ kind: _kind, ...reference }: Reference): ObjectReference {
  return reference
}
