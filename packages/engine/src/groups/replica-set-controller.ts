/** VirtualMachineInstanceReplicaSets: as many running instances of one template as asked for. */

import {
  burstReplicas,
  readyCount,
  replicaMembers,
  replicaSets,
  surplus,
  virtualMachineInstances,
  type VirtualMachineInstance,
  type VirtualMachineInstanceReplicaSet,
} from '@berth/api'
import { messageOf } from '@berth/base'
import {
  controllerOf,
  controllerReferenceTo,
  deepEqual,
  labelSelectorFromObject,
  matchesLabels,
  StatusError,
} from '@berth/meta'
import { createController, keyOf, parseKey, type Controller, type EventRecorder } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { groupStatus, pauseChange, type GroupFailure, type PauseEvents } from './group-status.ts'
import { claimMembers } from './ownership.ts'

const pauseEvents: PauseEvents = {
  paused: { reason: 'SuccessfulPaused', message: 'Paused' },
  resumed: { reason: 'SuccessfulResumed', message: 'Resumed' },
}

export function createReplicaSetController(services: EngineServices, events: EventRecorder): Controller {
  const { client, informers, clock } = services

  async function reconcile(key: string): Promise<void> {
    const { namespace = '', name } = parseKey(key)
    const set = informers.replicaSets.get(namespace, name)
    if (set === undefined) return
    const deleting = set.metadata.deletionTimestamp !== undefined
    // Not from the cache: one that lags behind would make a replica twice.
    const { items } = await client.list(virtualMachineInstances, { namespace })
    const members = await claimMembers(items, {
      owner: set,
      selector: labelSelectorFromObject(set.spec.selector),
      adopt: !deleting,
      resource: virtualMachineInstances,
      client,
    })
    const { active, finished } = replicaMembers(members)
    let failure: GroupFailure | undefined
    if (!deleting && set.spec.paused !== true) failure = await scale(set, { active, finished })
    await writeStatus(set, active, failure)
    if (failure !== undefined) throw new StatusError('InternalError', failure.message)
  }

  async function scale(
    set: Readonly<VirtualMachineInstanceReplicaSet>,
    members: ReturnType<typeof replicaMembers>,
  ): Promise<GroupFailure | undefined> {
    const excess = surplus(set.spec, members.active.length)
    try {
      for (let made = 0; made < Math.min(-excess, burstReplicas); made += 1) await create(set)
    } catch (error) {
      return { reason: 'FailedCreate', message: messageOf(error) }
    }
    try {
      const doomed = members.active.slice(0, Math.min(Math.max(excess, 0), burstReplicas))
      for (const each of doomed)
        await remove(set, each, 'Stopped the virtual machine by deleting the virtual machine instance')
      for (const each of members.finished) await remove(set, each, 'Deleted finished virtual machine:')
    } catch (error) {
      return { reason: 'FailedDelete', message: messageOf(error) }
    }
    return undefined
  }

  async function create(set: Readonly<VirtualMachineInstanceReplicaSet>): Promise<void> {
    const { metadata, spec } = set.spec.template
    try {
      const made = await client.create(virtualMachineInstances, {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachineInstance',
        metadata: {
          generateName: metadata?.name ?? metadata?.generateName ?? set.metadata.name ?? '',
          namespace: set.metadata.namespace ?? '',
          labels: { ...metadata?.labels },
          annotations: { ...metadata?.annotations },
          ownerReferences: [controllerReferenceTo(set)],
        },
        spec,
      })
      events.record(set, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Started the virtual machine by creating the new virtual machine instance ${made.metadata.name ?? ''}`,
      })
    } catch (error) {
      events.record(set, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Error creating virtual machine instance: ${messageOf(error)}`,
      })
      throw error
    }
  }

  async function remove(
    set: Readonly<VirtualMachineInstanceReplicaSet>,
    instance: Readonly<VirtualMachineInstance>,
    words: string,
  ): Promise<void> {
    const { namespace = '', name = '', uid = '' } = instance.metadata
    try {
      await client.delete(virtualMachineInstances, { namespace, name }, { preconditions: { uid } })
    } catch (error) {
      if (error instanceof StatusError && (error.code === 'NotFound' || error.code === 'Conflict')) return
      events.record(set, {
        type: 'Warning',
        reason: 'FailedDelete',
        message: `Error deleting virtual machine instance ${name}: ${messageOf(error)}`,
      })
      throw error
    }
    events.record(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `${words} ${uid}` })
  }

  async function writeStatus(
    set: Readonly<VirtualMachineInstanceReplicaSet>,
    active: readonly Readonly<VirtualMachineInstance>[],
    failure: GroupFailure | undefined,
  ): Promise<void> {
    const paused = set.spec.paused === true
    const status = groupStatus({
      before: set.status,
      selector: set.spec.selector,
      replicas: active.length,
      readyReplicas: readyCount(active),
      failure,
      paused: paused ? { reason: 'Paused', message: 'Controller got paused' } : undefined,
      now: clock.now(),
    })
    if (deepEqual(status, set.status)) return
    await client.updateStatus(replicaSets, { ...set, status })
    const change = pauseChange(set.status, paused)
    if (change !== undefined) events.record(set, { type: 'Normal', ...pauseEvents[change] })
  }

  /** Its owner; for an orphan every set that would take it. */
  function setsOf(instance: Readonly<VirtualMachineInstance>): string[] {
    const owner = controllerOf(instance)
    const { namespace, labels } = instance.metadata
    if (owner !== undefined)
      return owner.kind === 'VirtualMachineInstanceReplicaSet' ? [`${namespace ?? ''}/${owner.name}`] : []
    return informers.replicaSets
      .list()
      .filter((set) => set.metadata.namespace === namespace)
      .filter((set) => matchesLabels(labelSelectorFromObject(set.spec.selector), labels))
      .map(keyOf)
  }

  return createController({
    name: 'replica-sets',
    workers: 2,
    reconcile,
    watches: [{ informer: informers.replicaSets }, { informer: informers.instances, keys: setsOf }],
    ...services.runtime,
  })
}
