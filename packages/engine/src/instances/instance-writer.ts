/** Writes an instance's status. The resource has no /status, so the whole object is updated. */

import {
  finalizers,
  withTransition,
  type VirtualMachine,
  type VirtualMachineInstance,
  virtualMachineInstances,
} from '@berth/api'
import { controllerOf, deepEqual, formatTime, removeCondition, setCondition } from '@berth/meta'
import type { Informer } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { readyIn } from './instance-ready.ts'
import type { InstanceStatus, StatusUpdate } from './instance-status.ts'

export class InstanceWriter {
  readonly #services: EngineServices

  constructor(services: EngineServices) {
    this.#services = services
  }

  /** Applies the update and returns the object as the server has it now; writes nothing when nothing changes. */
  async apply(
    instance: Readonly<VirtualMachineInstance>,
    update: StatusUpdate,
  ): Promise<Readonly<VirtualMachineInstance>> {
    const now = this.#services.clock.now()
    const status = withUpdate(instance.status ?? {}, update, now)
    const node = update.nodeName
    const labels =
      node === undefined ? instance.metadata.labels : { ...instance.metadata.labels, 'kubevirt.io/nodeName': node }
    if (deepEqual(status, instance.status) && labels === instance.metadata.labels) return instance
    return this.#services.client.update(virtualMachineInstances, {
      ...instance,
      metadata: { ...instance.metadata, ...(labels === undefined ? {} : { labels }) },
      status,
    })
  }

  /** Lets a deleted instance go. The machine's own finalizer too when there is no machine any more to remove it. */
  async release(instance: Readonly<VirtualMachineInstance>, machines: Informer<VirtualMachine>): Promise<void> {
    const owner = controllerOf(instance)
    const machine = owner === undefined ? undefined : machines.get(instance.metadata.namespace, owner.name)
    const orphaned = machine === undefined || machine.metadata.uid !== owner?.uid
    const held = instance.metadata.finalizers ?? []
    const kept = held.filter((entry) => entry !== finalizers.instance && !(orphaned && entry === finalizers.machine))
    if (kept.length === held.length) return
    await this.#services.client.update(virtualMachineInstances, {
      ...instance,
      metadata: { ...instance.metadata, finalizers: kept },
    })
  }
}

function withUpdate(status: Readonly<InstanceStatus>, update: StatusUpdate, now: Date): InstanceStatus {
  const { phase, conditions: told = [], removeConditions = [], message: _message, ...rest } = update
  const next: InstanceStatus = { ...status }
  const conditions = [...told]
  for (const [field, value] of Object.entries(rest)) {
    if (value === undefined) delete next[field as keyof InstanceStatus]
    else Object.assign(next, { [field]: value })
  }
  if (phase !== undefined && phase !== status.phase) {
    next.phase = phase
    next.phaseTransitionTimestamps = withTransition(status.phaseTransitionTimestamps, phase, formatTime(now))
    if (phase === 'Succeeded' || phase === 'Failed') {
      removeConditions.push('Paused', 'AgentConnected', 'AgentVersionNotSupported')
      delete next.fsFreezeStatus
    }
  }
  const ready = readyIn(next.phase)
  if (ready !== undefined) conditions.push(ready)
  let list = status.conditions ?? []
  for (const type of removeConditions) list = [...removeCondition(list, type)]
  for (const condition of conditions) list = [...setCondition(list, { ...condition, lastProbeTime: null }, now)]
  if (list.length > 0 || status.conditions !== undefined) next.conditions = list
  return next
}
