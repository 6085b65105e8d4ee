/** Brings a pool's machines, and what runs of them, to its present template: a few at a time. */

import {
  instanceUpdate,
  isOutdatedMachine,
  maxUnavailable,
  poolRevisionLabel,
  selectedByPolicy,
  sortedByPolicy,
  virtualMachineInstances,
  virtualMachines,
  type PoolSpec,
  type VirtualMachine,
  type VirtualMachineInstance,
  type VirtualMachinePool,
} from '@berth/api'
import { messageOf } from '@berth/base'
import { isConditionTrue, StatusError } from '@berth/meta'
import type { EventRecorder } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { updatedMember } from './pool-members.ts'
import { recordPoolRevision } from './pool-revisions.ts'

export type PoolUpdate =
  /** Nothing was out of date, or nothing may be done about it. */
  { state: 'stable'; revisionsInUse: ReadonlySet<string> } | { state: 'under-way'; againMs: number }

/** Retry while as many machines are down as may be. */
const againMs = 3000

interface UpdateInput {
  pool: Readonly<VirtualMachinePool>
  members: readonly Readonly<VirtualMachine>[]
  revisions: ReadonlyMap<string, PoolSpec>
  services: EngineServices
  events: EventRecorder
}

/** @throws when a machine cannot be changed */
export async function updatePool(input: UpdateInput): Promise<PoolUpdate> {
  const { pool, members, revisions, services } = input
  const { updateStrategy } = pool.spec
  if (updateStrategy?.unmanaged === undefined) {
    const chosen = selectedByPolicy(members, updateStrategy?.proactive?.selectionPolicy)
    const isOutdated = (machine: Readonly<VirtualMachine>): boolean =>
      isOutdatedMachine(pool, machine, (name) => revisions.get(name))
    const outdated = chosen.filter(isOutdated)
    if (outdated.length > 0) {
      await rewrite(input, outdated)
      return { state: 'under-way', againMs }
    }
    if (updateStrategy?.opportunistic === undefined && (await renew(input, chosen))) {
      return { state: 'under-way', againMs }
    }
  }
  const used = [...members, ...members.flatMap((machine) => instanceFor(machine, services) ?? [])]
  return {
    state: 'stable',
    revisionsInUse: new Set(used.flatMap(({ metadata }) => metadata.labels?.[poolRevisionLabel] ?? [])),
  }
}

/** The machines' specs; what runs is not touched by this. */
async function rewrite(
  { pool, services, events }: UpdateInput,
  outdated: readonly Readonly<VirtualMachine>[],
): Promise<void> {
  const revision = await recordPoolRevision(pool, services.client)
  for (const machine of outdated) {
    const { namespace = '', name = '' } = machine.metadata
    try {
      await services.client.update(virtualMachines, updatedMember(pool, machine, revision))
    } catch (error) {
      const message = `Error updating virtual machine ${name}/${namespace}: ${messageOf(error)}`
      events.record(pool, { type: 'Warning', reason: 'FailedUpdate', message })
      throw error
    }
    events.record(pool, { type: 'Normal', reason: 'SuccessfulUpdate', message: `Updated VM ${namespace}/${name}` })
  }
}

/** What runs of an older template, as far as few enough are down. @returns whether something is still to be done */
async function renew(input: UpdateInput, members: readonly Readonly<VirtualMachine>[]): Promise<boolean> {
  const { pool, revisions, services } = input
  const revisionOf = (name: string): PoolSpec | undefined => revisions.get(name)
  const pending = members.flatMap((machine) => {
    const instance = instanceFor(machine, services)
    if (instance === undefined || instance.metadata.deletionTimestamp !== undefined) return []
    const update = instanceUpdate(machine, instance, revisionOf)
    return update === 'none' ? [] : [{ machine, instance, update }]
  })
  if (pending.length === 0) return false
  let may = maxUnavailable(pool.spec) - members.filter((machine) => !isUp(instanceFor(machine, services))).length
  const order = sortedByPolicy(members, pool.spec.updateStrategy?.proactive?.selectionPolicy, services.random)
  pending.sort((a, b) => order.indexOf(a.machine) - order.indexOf(b.machine))
  for (const { machine, instance, update } of pending) {
    // One that is down anyway loses nothing: a bad template must not keep its own correction from being tried.
    const free = update === 'relabel' || !isUp(instance)
    if (!free && may <= 0) continue
    await apply(input, { machine, instance, update })
    if (!free) may -= 1
  }
  return true
}

async function apply(
  { pool, services: { client }, events }: UpdateInput,
  {
    machine,
    instance,
    update,
  }: {
    machine: Readonly<VirtualMachine>
    instance: Readonly<VirtualMachineInstance>
    update: 'restart' | 'relabel' | 'replace'
  },
): Promise<void> {
  const { namespace = '', name = '' } = machine.metadata
  try {
    switch (update) {
      case 'restart':
        await client.delete(virtualMachineInstances, { namespace, name }, uidOf(instance))
        break
      case 'replace':
        await client.delete(
          virtualMachines,
          { namespace, name },
          { ...uidOf(machine), propagationPolicy: 'Foreground' },
        )
        break
      case 'relabel': {
        const labels = { [poolRevisionLabel]: machine.metadata.labels?.[poolRevisionLabel] ?? '' }
        await client.patch(
          virtualMachineInstances,
          { namespace, name },
          { type: 'merge', patch: { metadata: { labels } } },
        )
      }
    }
  } catch (error) {
    if (error instanceof StatusError && (error.code === 'NotFound' || error.code === 'Conflict')) return
    const message = `Error updating resource ${namespace}/${name}: ${messageOf(error)}`
    events.record(pool, { type: 'Warning', reason: 'FailedUpdate', message })
    throw error
  }
  const message = `Successfully updated resource ${namespace}/${name}`
  events.record(pool, { type: 'Normal', reason: 'SuccessfulDelete', message })
}

function uidOf({ metadata }: { metadata: { uid?: string } }): { preconditions?: { uid: string } } {
  return metadata.uid === undefined ? {} : { preconditions: { uid: metadata.uid } }
}

function instanceFor(
  { metadata }: Readonly<VirtualMachine>,
  { informers }: EngineServices,
): Readonly<VirtualMachineInstance> | undefined {
  return informers.instances.get(metadata.namespace, metadata.name ?? '')
}

function isUp(instance: Readonly<VirtualMachineInstance> | undefined): boolean {
  return (
    instance !== undefined &&
    instance.metadata.deletionTimestamp === undefined &&
    instance.status?.phase === 'Running' &&
    isConditionTrue(instance.status.conditions, 'Ready')
  )
}
