/**
 * Says of machines whether the writes to their disks are counted. Counting itself begins with the first backup that has a tracker: from
 * then on the disks carry its checkpoint.
 */

import {
  backedUpVolumes,
  isFinal,
  machineTracking,
  virtualMachineInstances,
  virtualMachines,
  wantsTracking,
  type ChangedBlockTrackingStatus,
  type TrackingState,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { createController, namespaces, parseKey, type Controller } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import type { EngineServices } from '../services.ts'

export function createTrackingController(services: EngineServices): Controller {
  const { client, informers, configuration, driver } = services

  async function reconcile(key: string): Promise<void> {
    const { namespace, name } = parseKey(key)
    const machine = informers.machines.get(namespace, name)
    if (machine === undefined || machine.metadata.deletionTimestamp !== undefined) return
    const instance = informers.instances.get(namespace, name)
    const running = instance === undefined || isFinal(instance) ? undefined : instance
    const enabled = configuration.get().enabled('IncrementalBackup')
    const wanted = await isWanted(machine)
    const states = { enabled, wanted, machine: stateOf(machine), instance: running && stateOf(running) }
    if (running !== undefined) states.instance = await syncInstance(running, { ...states, instance: stateOf(running) })
    const next = machineTracking(states)
    if ((next ?? '') === states.machine) return
    await client.updateStatus(virtualMachines, { ...machine, status: withState(machine.status, next) })
  }

  async function isWanted({ metadata }: Readonly<VirtualMachine>): Promise<boolean> {
    const selectors = configuration.get().trackedMachines
    if (selectors === undefined) return false
    const { namespace: name = '' } = metadata
    // Few ask for a namespace's labels, so nothing watches them.
    const namespace =
      selectors.namespaceLabelSelector === undefined ? undefined : await unlessMissing(client.get(namespaces, { name }))
    return wantsTracking(selectors, { machine: metadata.labels ?? {}, namespace: namespace?.metadata.labels ?? {} })
  }

  /** The state of a running machine; it needs no restart to begin or to end. */
  async function syncInstance(
    instance: Readonly<VirtualMachineInstance>,
    { enabled, wanted, instance: now }: { enabled: boolean; wanted: boolean; instance: TrackingState },
  ): Promise<TrackingState> {
    if (instance.status?.phase !== 'Running') return now
    const next: TrackingState =
      enabled && wanted ? (canCount(instance) ? 'Enabled' : 'Disabled') : now === '' ? '' : 'Disabled'
    if (next === now) return now
    await client.update(virtualMachineInstances, { ...instance, status: withState(instance.status, next) })
    return next
  }

  /** Only qcow2 images remember over a stop what was counted. */
  function canCount(instance: Readonly<VirtualMachineInstance>): boolean {
    const volumes = new Set(backedUpVolumes(instance.spec))
    const disks = driver.get(instance.metadata.uid ?? '')?.spec.disks ?? []
    const counted = disks.filter(({ name, readOnly }) => volumes.has(name) && !readOnly)
    return counted.length > 0 && counted.every(({ format }) => format === 'qcow2')
  }

  const controller = createController({
    name: 'backup-tracking',
    reconcile,
    watches: [{ informer: informers.machines }, { informer: informers.instances }],
    ...services.runtime,
  })
  // Selectors and the feature gate are the configuration's.
  const unsubscribe = configuration.onChange(() => {
    for (const { metadata } of informers.machines.list())
      controller.enqueue(`${metadata.namespace ?? ''}/${metadata.name ?? ''}`)
  })
  return {
    ...controller,
    async stop() {
      unsubscribe()
      await controller.stop()
    },
  }
}

function stateOf({ status }: { status?: { changedBlockTracking?: ChangedBlockTrackingStatus | null } }): TrackingState {
  return status?.changedBlockTracking?.state ?? ''
}

function withState<S extends { changedBlockTracking?: ChangedBlockTrackingStatus | null }>(
  status: S | undefined,
  state: TrackingState | undefined,
): S {
  // An object of no type has every optional member.
  const { changedBlockTracking, ...rest } = (status ?? {}) as S
  if (state === undefined) return rest as S
  return { ...rest, changedBlockTracking: { ...changedBlockTracking, state } } as S
}
