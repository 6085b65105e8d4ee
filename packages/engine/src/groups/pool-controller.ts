/** VirtualMachinePools: numbered VMs of one template, made, healed, scaled in by choice and updated as the pool says. */

import {
  burstReplicas,
  isIll,
  newPoolNames,
  poolFinalizer,
  pools,
  readyCount,
  selectedByPolicy,
  sortedByPolicy,
  surplus,
  virtualMachines,
  type VirtualMachine,
  type VirtualMachinePool,
} from '@berth/api'
import { messageOf, parseDuration } from '@berth/base'
import {
  controllerOf,
  deepEqual,
  isConditionTrue,
  labelSelectorFromObject,
  matchesLabels,
  StatusError,
  type KubeObject,
} from '@berth/meta'
import { createController, parseKey, type Controller, type EventRecorder, type ReconcileResult } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { groupStatus, pauseChange, type GroupFailure, type PauseEvents } from './group-status.ts'
import { isOwnedBy, release } from './ownership.ts'
import { freeDisks, freeMember, newMember, removeMember } from './pool-members.ts'
import { prunePoolRevisions, readPoolRevisions, recordPoolRevision } from './pool-revisions.ts'
import { updatePool } from './pool-update.ts'

type Pool = Readonly<VirtualMachinePool>
type Machines = readonly Readonly<VirtualMachine>[]

/** Looked at again while not all are ready: time alone can make a machine ill. */
const watchIllMs = 30_000

const pauseEvents: PauseEvents = {
  paused: { reason: 'SuccessfulPaused', message: 'Pool is paused' },
  resumed: { reason: 'SuccessfulResume', message: 'Pool is unpaused' },
}

export function createPoolController(services: EngineServices, events: EventRecorder): Controller {
  const { client, informers, clock, random } = services

  async function reconcile(key: string): Promise<ReconcileResult> {
    const { namespace = '', name } = parseKey(key)
    const pool = informers.pools.get(namespace, name)
    if (pool === undefined) return
    // Not from the cache: one that lags behind would make a machine twice.
    const { items } = await client.list(virtualMachines, { namespace })
    const members = await ownMembers(pool, items)
    if (pool.metadata.deletionTimestamp !== undefined) return end(pool, members)
    if (!(pool.metadata.finalizers ?? []).includes(poolFinalizer)) {
      const finalizers = [...(pool.metadata.finalizers ?? []), poolFinalizer]
      await client.update(pools, { ...pool, metadata: { ...pool.metadata, finalizers } })
      return
    }
    let again: ReconcileResult = undefined
    let failure: GroupFailure | undefined
    if (pool.spec.paused !== true) {
      try {
        await heal(pool, members)
        const stable = await scale(pool, { members, taken: new Set(items.map(({ metadata }) => metadata.name ?? '')) })
        if (stable) again = await update(pool, members)
      } catch (error) {
        failure = error instanceof PoolFailure ? error : { reason: 'FailedUpdate', message: messageOf(error) }
      }
    }
    await writeStatus(pool, members, failure)
    if (failure !== undefined) throw new StatusError('InternalError', failure.message)
    if (again !== undefined) return again
    return pool.spec.autohealing !== undefined && readyCount(members) < members.length
      ? { requeueAfterMs: watchIllMs }
      : undefined
  }

  /** A machine whose labels do not fit any more leaves the pool and lives on. */
  async function ownMembers(pool: Pool, machines: Machines): Promise<Machines> {
    const selector = labelSelectorFromObject(pool.spec.selector)
    const owned = machines.filter((machine) => isOwnedBy(machine, pool))
    for (const machine of owned) {
      if (matchesLabels(selector, machine.metadata.labels)) continue
      await release(machine, { owner: pool, resource: virtualMachines, client })
      await freeMember(machine, client)
    }
    return owned.filter(({ metadata }) => matchesLabels(selector, metadata.labels))
  }

  async function heal(pool: Pool, members: Machines): Promise<void> {
    const { autohealing } = pool.spec
    if (autohealing === undefined) return
    const { minFailingToStartDuration: least } = autohealing
    const failingMs = least === undefined ? undefined : parseDuration(least)
    const ill = live(members).filter((machine) => isIll(machine, autohealing, { failingMs, now: clock.now() }))
    for (const machine of ill) await remove(pool, machine, keepsState(pool.spec.scaleInStrategy?.proactive))
  }

  /** @returns whether there are as many as there should be */
  async function scale(
    pool: Pool,
    { members, taken }: { members: Machines; taken: ReadonlySet<string> },
  ): Promise<boolean> {
    const excess = surplus(pool.spec, members.length)
    if (excess < 0) await scaleOut(pool, Math.min(-excess, burstReplicas), taken)
    else if (excess > 0) await scaleIn(pool, members, Math.min(excess, burstReplicas))
    // Deleted by somebody: the pool lets them go.
    if (pool.spec.scaleInStrategy?.unmanaged === undefined) {
      for (const machine of members.filter(({ metadata }) => metadata.deletionTimestamp !== undefined)) {
        if (keepsState(pool.spec.scaleInStrategy?.opportunistic)) await freeDisks(machine, client)
        await freeMember(machine, client)
      }
    }
    return excess === 0
  }

  async function scaleOut(pool: Pool, count: number, taken: ReadonlySet<string>): Promise<void> {
    const revision = await recordPoolRevision(pool, client)
    for (const name of newPoolNames(pool.metadata.name ?? '', count, (each) => taken.has(each))) {
      try {
        await client.create(virtualMachines, newMember(pool, name, revision))
      } catch (error) {
        events.record(pool, {
          type: 'Warning',
          reason: 'FailedCreate',
          message: `Error creating VM: ${messageOf(error)}`,
        })
        throw new PoolFailure('FailedScaleOut', `error during scale out: ${messageOf(error)}`, error)
      }
      events.record(pool, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created VM ${pool.metadata.namespace ?? ''}/${name}`,
      })
    }
  }

  async function scaleIn(pool: Pool, members: Machines, excess: number): Promise<void> {
    const { proactive, opportunistic, unmanaged } = pool.spec.scaleInStrategy ?? {}
    if (opportunistic !== undefined || unmanaged !== undefined) return
    const able = live(members)
    // Those that go already count.
    const count = excess - (members.length - able.length)
    const ordered = sortedByPolicy(able, proactive?.selectionPolicy, random)
    for (const machine of selectedByPolicy(ordered, proactive?.selectionPolicy).slice(0, Math.max(0, count))) {
      await remove(pool, machine, keepsState(proactive))
    }
  }

  async function remove(pool: Pool, machine: Readonly<VirtualMachine>, keepState: boolean): Promise<void> {
    const { namespace = '', name = '', uid = '' } = machine.metadata
    try {
      await removeMember(machine, { client, keepState })
    } catch (error) {
      const message = `Error deleting virtual machine ${namespace}/${name}: ${messageOf(error)}`
      events.record(pool, { type: 'Warning', reason: 'FailedDelete', message })
      throw new PoolFailure('FailedScaleIn', `error during scale in: ${messageOf(error)}`, error)
    }
    events.record(pool, {
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted VM ${namespace}/${name} with uid ${uid} from pool`,
    })
  }

  async function update(pool: Pool, members: Machines): Promise<ReconcileResult> {
    const revisions = await readPoolRevisions(pool, client)
    const updated = await updatePool({ pool, members, revisions, services, events })
    if (updated.state !== 'stable') return { requeueAfterMs: updated.againMs }
    await prunePoolRevisions(pool, { client, known: revisions.keys(), used: updated.revisionsInUse })
  }

  /** The machines go by ownership; the pool only lets go of them. */
  async function end(pool: Pool, members: Machines): Promise<void> {
    for (const machine of members) await freeMember(machine, client)
    const held = pool.metadata.finalizers ?? []
    if (!held.includes(poolFinalizer)) return
    const finalizers = held.filter((each) => each !== poolFinalizer)
    await client.update(pools, { ...pool, metadata: { ...pool.metadata, finalizers } })
  }

  async function writeStatus(pool: Pool, members: Machines, failure: GroupFailure | undefined): Promise<void> {
    const paused = pool.spec.paused === true
    const status = groupStatus({
      before: pool.status,
      selector: pool.spec.selector,
      replicas: members.length,
      readyReplicas: readyCount(members),
      failure,
      paused: paused ? { reason: 'SuccessfulPaused', message: 'Pool controller is paused' } : undefined,
      now: clock.now(),
    })
    if (deepEqual(status, pool.status)) return
    await client.updateStatus(pools, { ...pool, status })
    const conditions = pool.status?.conditions ?? []
    if (failure !== undefined && !isConditionTrue(conditions, 'ReplicaFailure'))
      events.record(pool, { type: 'Warning', reason: failure.reason, message: failure.message })
    const change = pauseChange(pool.status, paused)
    if (change !== undefined) events.record(pool, { type: 'Normal', ...pauseEvents[change] })
  }

  /** The pool of a machine, or of the machine of an instance. */
  function poolOf(member: Readonly<KubeObject>): string[] {
    const owner = controllerOf(member)
    const namespace = member.metadata.namespace
    if (owner?.kind === 'VirtualMachinePool') return [`${namespace ?? ''}/${owner.name}`]
    if (owner?.kind !== 'VirtualMachine') return []
    const machine = informers.machines.get(namespace, owner.name)
    return machine === undefined ? [] : poolOf(machine)
  }

  return createController({
    name: 'pools',
    workers: 2,
    reconcile,
    watches: [
      { informer: informers.pools },
      { informer: informers.machines, keys: poolOf },
      { informer: informers.instances, keys: poolOf },
    ],
    ...services.runtime,
  })
}

/** What went wrong, under the reason that the pool's condition shows. */
class PoolFailure extends Error implements GroupFailure {
  readonly reason: string

  constructor(reason: string, message: string, cause: unknown) {
    super(message, { cause })
    this.reason = reason
  }
}

function live(members: Machines): Readonly<VirtualMachine>[] {
  return members.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
}

function keepsState(strategy: { statePreservation?: string } | undefined): boolean {
  return (strategy?.statePreservation ?? 'Disabled') !== 'Disabled'
}
