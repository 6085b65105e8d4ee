/**
 * VirtualMachines: keeps what should exist (DataVolumes, the instance) and says how it stands. What to do next is decided by pure
 * tables in packages/api; this file only carries it out. Any step can be the last one before a crash.
 */

import {
  finalizers,
  isFinal,
  nextAction,
  startBackoffMs,
  type NextAction,
  type VirtualMachine,
  type VirtualMachineInstance,
  virtualMachineInstances,
  virtualMachines,
  volumeSnapshotAbilities,
  needsRecovery,
} from '@berth/api'
import { messageOf } from '@berth/base'
import { controllerOf, StatusError } from '@berth/meta'
import {
  createController,
  keyOf,
  parseKey,
  type Controller,
  type EventRecorder,
  type ReconcileResult,
} from '@berth/kube'
import { completeInstance } from '../instancetypes/expand.ts'
import { syncReferences } from '../instancetypes/sync.ts'
import { classLookups, stateVolumes } from '../snapshots/snapshot-classes.ts'
import { machinesUsing, type EngineServices } from '../services.ts'
import { ensureDataVolumes, unreadyDataVolume } from './data-volume-templates.ts'
import { instanceFor } from './instance-template.ts'
import { machineStatus, type Outcome } from './machine-status.ts'
import type { Followed } from './followed.ts'
import { followTemplate } from './live-update.ts'
import { recordStart } from './start-revision.ts'
import { meetVolumeRequests } from './volume-requests.ts'

/** How long until a machine's missing instance type or preference is looked for again. */
const missingReferenceMs = 2000

export function createMachineController(services: EngineServices, events: EventRecorder): Controller {
  const { client, informers, clock, random } = services

  async function reconcile(key: string): Promise<ReconcileResult> {
    const { namespace, name } = parseKey(key)
    const machine = informers.machines.get(namespace, name)
    if (machine === undefined) return
    const found = informers.instances.get(namespace, name)
    const instance = found !== undefined && isOwned(found, machine) ? found : undefined
    if (machine.metadata.deletionTimestamp !== undefined) return remove(machine, instance)

    const outcome: Outcome = {}
    let result: ReconcileResult = undefined
    let followed: Followed = { instance }
    try {
      const synced = await syncReferences(machine, services)
      // Seen again in its new form.
      if (synced.state === 'changed') return
      const incomplete = synced.state === 'failed'
      if (incomplete) outcome.failure = synced.failure
      else
        await during(outcome, 'FailedCreate', 'Error encountered while creating DataVolumes', () =>
          ensureDataVolumes(machine, services, events),
        )
      const requests = await meetVolumeRequests(machine, services)
      // As above.
      if (requests.state === 'met') return
      outcome.failure ??= requests.failure
      const action = nextAction(machine, instance)
      if (found !== undefined && instance === undefined) {
        outcome.failure = {
          reason: 'FailedCreate',
          message: `A VirtualMachineInstance of the same name exists and belongs to something else.`,
        }
      } else if (!(incomplete && action.do === 'create')) {
        result = await act(action, { machine, instance, outcome })
      }
      if (incomplete) result = { requeueAfterMs: missingReferenceMs }
      if (outcome.justDeleted !== true) followed = await followTemplate(machine, instance, services)
      outcome.restartRequired = followed.restartRequired
      outcome.failure ??= followed.failure
    } catch (error) {
      outcome.failure ??= { reason: 'FailedCreate', message: messageOf(error) }
      await writeStatus(machine, instance, outcome)
      throw error
    }
    await writeStatus(machine, followed.instance, outcome)
    if (followed.instance !== undefined) await releaseInstance(followed.instance)
    return result
  }

  async function act(
    action: NextAction,
    state: {
      machine: Readonly<VirtualMachine>
      instance: Readonly<VirtualMachineInstance> | undefined
      outcome: Outcome
    },
  ): Promise<ReconcileResult> {
    const { machine, instance, outcome } = state
    switch (action.do) {
      case 'nothing':
        return
      case 'create':
        return during(outcome, 'FailedCreate', 'Failure while starting VMI', () => start(machine, outcome))
      case 'delete':
        if (instance === undefined) return
        if (action.instead === 'start') {
          // Written down before anything is deleted: a crash in between must not forget that the machine is wanted.
          outcome.addStart = true
          return
        }
        await during(outcome, 'FailedDelete', 'Failure attempting to delete VMI', () =>
          deleteInstance(machine, instance),
        )
        outcome.justDeleted = true
        return
      case 'switch':
        await client.patch(virtualMachines, targetOf(machine), {
          type: 'merge',
          patch: { spec: { runStrategy: action.strategy } },
        })
    }
  }

  async function start(machine: Readonly<VirtualMachine>, outcome: Outcome): Promise<ReconcileResult> {
    if (needsRecovery(machine)) return
    if (unreadyDataVolume(machine, informers) !== undefined) return
    // Its disks are being put back. KubeVirt lets it start; here a guest would see them change.
    if (machine.status?.restoreInProgress !== undefined) return
    const wait = startBackoffMs(machine.status?.startFailure, clock.now())
    if (wait > 0) return { requeueAfterMs: wait }
    // A cache that is behind shows requests that were met already: those must not start the machine a second time.
    const current = await client.get(virtualMachines, targetOf(machine))
    if (current.metadata.resourceVersion !== machine.metadata.resourceVersion) return
    const revision = await recordStart(machine, client)
    try {
      const wanted = instanceFor(machine, revision)
      await completeInstance(wanted, machine, services)
      const created = await client.create(virtualMachineInstances, wanted)
      events.record(machine, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Started the virtual machine by creating the new virtual machine instance ${created.metadata.name ?? ''}`,
      })
      outcome.justCreated = true
    } catch (error) {
      // Made a moment ago, and not in the cache yet.
      if (error instanceof StatusError && error.code === 'AlreadyExists') return
      events.record(machine, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Error creating virtual machine instance: ${messageOf(error)}`,
      })
      throw error
    }
  }

  async function deleteInstance(
    machine: Readonly<VirtualMachine>,
    instance: Readonly<VirtualMachineInstance>,
  ): Promise<void> {
    const { uid } = instance.metadata
    try {
      await client.delete(
        virtualMachineInstances,
        targetOf(instance),
        uid === undefined ? {} : { preconditions: { uid } },
      )
    } catch (error) {
      if (error instanceof StatusError && (error.code === 'NotFound' || error.code === 'Conflict')) return
      events.record(machine, {
        type: 'Warning',
        reason: 'FailedDelete',
        message: `Error deleting virtual machine instance ${instance.metadata.name ?? ''}: ${messageOf(error)}`,
      })
      throw error
    }
    events.record(machine, {
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Stopped the virtual machine by deleting the virtual machine instance ${uid ?? ''}`,
    })
  }

  /** A deleted machine takes its instance along, and goes when that is gone. */
  async function remove(
    machine: Readonly<VirtualMachine>,
    instance: Readonly<VirtualMachineInstance> | undefined,
  ): Promise<void> {
    const held = machine.metadata.finalizers ?? []
    // The garbage collector cuts the instance loose first; then there is nothing here to delete.
    if (held.includes('orphan')) return
    if (instance !== undefined) {
      if (instance.metadata.deletionTimestamp === undefined) await deleteInstance(machine, instance)
      await writeStatus(machine, instance, { justDeleted: true })
      await releaseInstance(instance)
      return
    }
    if (!held.includes(finalizers.machine)) return
    await client.update(virtualMachines, {
      ...machine,
      metadata: { ...machine.metadata, finalizers: held.filter((entry) => entry !== finalizers.machine) },
    })
  }

  /** After its end has been counted (written to the machine's status), a deleted instance may go. */
  async function releaseInstance(instance: Readonly<VirtualMachineInstance>): Promise<void> {
    const held = instance.metadata.finalizers ?? []
    if (instance.metadata.deletionTimestamp === undefined || !isFinal(instance) || !held.includes(finalizers.machine))
      return
    await client.update(virtualMachineInstances, {
      ...instance,
      metadata: { ...instance.metadata, finalizers: held.filter((entry) => entry !== finalizers.machine) },
    })
  }

  async function writeStatus(
    machine: Readonly<VirtualMachine>,
    instance: Readonly<VirtualMachineInstance> | undefined,
    outcome: Outcome,
  ): Promise<void> {
    const status = machineStatus({
      machine,
      instance,
      outcome,
      dataVolumes: informers.dataVolumes
        .list()
        .filter((entry) => entry.metadata.namespace === machine.metadata.namespace),
      claims: informers.claims.list().filter((entry) => entry.metadata.namespace === machine.metadata.namespace),
      now: clock.now(),
      random: random(),
      volumeSnapshots: volumeSnapshotAbilities(
        machine,
        classLookups(services, machine.metadata.namespace),
        stateVolumes(machine, informers.claims),
      ),
    })
    if (status !== machine.status) await client.updateStatus(virtualMachines, { ...machine, status })
  }

  return createController({
    name: 'machines',
    workers: 8,
    reconcile,
    watches: [
      { informer: informers.machines },
      { informer: informers.instances },
      { informer: informers.dataVolumes, keys: (object) => machineKeys(object) },
      { informer: informers.claims, keys: (object) => machineKeys(object) },
      // What can be frozen of a machine's disks depends on the classes; both change seldom.
      { informer: informers.volumeSnapshotClasses, keys: () => informers.machines.list().map(keyOf) },
    ],
    ...services.runtime,
  })

  function machineKeys(object: { metadata: { namespace?: string; name?: string } }): string[] {
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`
    return machinesUsing(informers, key).map(
      (machine) => `${machine.metadata.namespace ?? ''}/${machine.metadata.name ?? ''}`,
    )
  }
}

/** Runs a step; its failure becomes the machine's condition, in KubeVirt's words. */
async function during<T>(outcome: Outcome, reason: string, words: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    outcome.failure ??= { reason, message: `${words}: ${messageOf(error)}` }
    throw error
  }
}

function isOwned(instance: Readonly<VirtualMachineInstance>, machine: Readonly<VirtualMachine>): boolean {
  return controllerOf(instance)?.uid === machine.metadata.uid
}

function targetOf(object: { metadata: { namespace?: string; name?: string } }): { namespace: string; name: string } {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }
}
