/** Carries out what a plan says, and nothing else: bounded in parallel, with the person's own rights, each object by itself. */

import { dataVolumes, virtualMachineInstances, virtualMachines } from '@berth/api'
import { messageOf, type Clock } from '@berth/base'
import type { Client } from '@berth/kube'
import { StatusError, isJsonObject, resource, unlessMissing, type KubeObject } from '@berth/meta'
import {
  callsOf,
  type ActionSpec,
  type ApiCall,
  type Goal,
  type GoalStart,
  type ObjectReference,
  type TaskItem,
} from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { FrozenPlan, FrozenTarget } from '../plans/make-plan.ts'
import type { Session } from '../sessions/session.ts'
import type { Watches } from '../watches/contract.ts'
import { watchGoal, type GoalWatch } from './goal-watch.ts'
import { waitSettled, type SettleOptions } from './wait-settled.ts'
import type { TaskBook, TaskRecord } from './task-book.ts'

/** Requests under way at once, of one task. */
const parallel = 8
/** How long one object may take to come to where the action leads. */
const limitMs = 10 * 60_000
/** Images are large, and lines are thin. */
const settleLimitMs = 12 * 60 * 60_000

export interface TaskRunner {
  book: TaskBook
  watches: Watches
  clusters: readonly Cluster[]
  clock: Clock
}

/** Returns at once; the book tells how it goes. @throws {ConsoleError} TooManyRequests */
export function runPlan(plan: FrozenPlan, session: Session, runner: TaskRunner): TaskRecord {
  const task = runner.book.open({
    owner: session.owner,
    action: plan.action.id,
    targets: plan.targets.map(({ target }) => target),
  })
  task.repeat = (positions, asked) => {
    const wanted = new Set(positions)
    return runPlan({ ...plan, targets: plan.targets.filter((_target, index) => wanted.has(index)) }, asked, runner)
  }
  void carryOut(task, session, runner, {
    goal: plan.action.goal,
    request: async (position, client) => request(client, plan.action, plan.targets[position], plan.options),
  })
  return task
}

export type Sight = Pick<SettleOptions, 'target' | 'judge'>

/** @param work.asked every object was asked for, or will not be */
export async function carryOut(
  task: TaskRecord,
  session: Session,
  runner: TaskRunner,
  {
    goal,
    settle,
    sight,
    request: ask,
    asked,
    afterwards,
  }: {
    goal: Goal | undefined
    /** Of other objects than machines. */
    settle?: 'settled' | 'gone' | undefined
    /** What is looked at instead of the target. */
    sight?: (position: number) => Sight | undefined
    request: (position: number, client: Client) => Promise<GoalStart>
    asked?: () => void
    /** What else is asked for once the object has come to its goal. */
    afterwards?: (position: number, client: Client) => Promise<void>
  },
): Promise<void> {
  const goals = new Map<string, GoalWatch>()
  const later: Promise<void>[] = []
  // What has not begun when somebody signs out is theirs no more to do.
  session.signal.addEventListener('abort', () => task.cancel.abort(), { once: true, signal: task.cancel.signal })
  const change = (position: number, item: Omit<TaskItem, 'target'>): void => {
    const known = task.items[position]
    if (known === undefined) return
    task.items[position] = { target: known.target, ...item }
    runner.book.touch(task)
  }

  const goalAt = (cluster: Cluster, identity: Identity, wanted: Goal): GoalWatch => {
    const known = goals.get(cluster.id)
    if (known !== undefined) return known
    const { watches, clock } = runner
    const count = task.items.filter(({ target }) => target.cluster === cluster.id).length
    const made = watchGoal({ watches, clock, cluster, identity, goal: wanted, count, limitMs })
    goals.set(cluster.id, made)
    return made
  }

  async function reach(
    position: number,
    at: { cluster: Cluster; identity: Identity; start: GoalStart },
  ): Promise<void> {
    const target = task.items[position]?.target
    if (settle !== undefined && target !== undefined) {
      const { watches, clock } = runner
      const onStatus = (status: string): void => {
        if (task.items[position]?.message !== status) change(position, { state: 'running', message: status })
      }
      const outcome = await waitSettled({
        watches,
        clock,
        ...at,
        target,
        ...sight?.(position),
        settle,
        onStatus,
        limitMs: settleLimitMs,
      })
      if (outcome.kind === 'failed') return change(position, { state: 'failed', message: outcome.why })
      try {
        await afterwards?.(position, at.cluster.clientFor(at.identity))
      } catch (error) {
        return change(position, { state: 'failed', message: messageOf(error) })
      }
      return change(position, { state: 'done' })
    }
    if (goal === undefined || target === undefined || !isMachine(target)) return change(position, { state: 'done' })
    const watch = goalAt(at.cluster, at.identity, goal)
    const outcome = await watch.wait(target, at.start, (status) => {
      if (task.items[position]?.message !== status) change(position, { state: 'running', message: status })
    })
    // Where they may not look, the server's acceptance is all there is to know.
    change(position, outcome.kind === 'failed' ? { state: 'failed', message: outcome.why } : { state: 'done' })
  }

  async function one(position: number): Promise<void> {
    const target = task.items[position]?.target
    if (target === undefined) return
    if (task.cancel.signal.aborted) return change(position, { state: 'skipped' })
    const cluster = runner.clusters.find(({ id }) => id === target.cluster)
    const identity = session.identities.get(target.cluster)
    if (cluster === undefined || identity === undefined) {
      return change(position, {
        state: 'failed',
        message: `You are not signed in to ${cluster?.name ?? target.cluster}.`,
      })
    }
    change(position, { state: 'running' })
    try {
      const start = await ask(position, cluster.clientFor(identity))
      // The next request does not wait for this machine to boot.
      later.push(reach(position, { cluster, identity, start }))
    } catch (error) {
      change(position, { state: 'failed', message: messageOf(error) })
    }
  }

  let next = 0
  const worker = async (): Promise<void> => {
    while (next < task.items.length) await one(next++)
  }
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, task.items.length) }, worker))
    asked?.()
    await Promise.all(later)
  } finally {
    for (const watch of goals.values()) watch.close()
    runner.book.touch(task)
  }
}

function isMachine({ resource: plural }: ObjectReference): boolean {
  return plural === virtualMachines.resource || plural === virtualMachineInstances.resource
}

/** @returns what there was before. @throws {StatusError | ClientError | Error} */
async function request(
  client: Client,
  action: ActionSpec,
  frozen: FrozenTarget | undefined,
  options: FrozenPlan['options'],
): Promise<GoalStart> {
  if (frozen === undefined) return {}
  const { target, uid, ownDisks } = frozen
  const before = await sameObject(client, target, uid)
  if (before === undefined && action.id === 'delete') return {}
  const start = action.goal === 'restarted' || action.goal === 'migrated' ? await stateBefore(client, target) : {}
  for (const call of callsOf(action, target, { ...options, uid, ownDisks })) await send(client, call, target)
  return start
}

/** Between plan and task somebody may have put another object under the same name. */
async function sameObject(client: Client, target: ObjectReference, uid: string): Promise<KubeObject | undefined> {
  const { group, version, resource: plural, namespace, name } = target
  const kind = resource<KubeObject>({
    apiVersion: group === '' ? version : `${group}/${version}`,
    resource: plural,
    kind: plural,
    namespaced: namespace !== undefined,
  })
  const found = await unlessMissing(client.get(kind, { ...(namespace === undefined ? {} : { namespace }), name }))
  if (found !== undefined && found.metadata.uid !== uid) {
    throw new StatusError('Conflict', `"${name}" was replaced by another object of that name; nothing was done to it`)
  }
  return found
}

/** What a new run, and a new migration, are told from. */
async function stateBefore(client: Client, { namespace = '', name }: ObjectReference): Promise<GoalStart> {
  const instance = await unlessMissing(client.get(virtualMachineInstances, { namespace, name }))
  const instanceUid = instance?.metadata.uid
  const migrationUid = instance?.status?.migrationState?.migrationUid
  return {
    ...(instanceUid === undefined ? {} : { instanceUid }),
    ...(migrationUid === undefined ? {} : { migrationUid }),
  }
}

async function send(client: Client, { method, path, body, releases }: ApiCall, target: ObjectReference): Promise<void> {
  if (releases !== undefined) {
    const place = { namespace: target.namespace ?? '', name: releases }
    // A disk that is gone needs nobody to keep it.
    await unlessMissing(client.patch(dataVolumes, place, { type: 'merge', patch: isJsonObject(body) ? body : {} }))
    return
  }
  await client.raw({ method, path, ...(body === undefined ? {} : { body }) })
}
