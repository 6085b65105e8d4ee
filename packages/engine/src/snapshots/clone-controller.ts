/**
 * VirtualMachineClones: a snapshot of the source, a restore of it to another machine, and nothing left of both. Source: KubeVirt's clone
 * controller.
 */

import {
  clonePatches,
  isRestoreProgressing,
  isRestoreFailed,
  isSnapshotReady,
  keepsState,
  snapshotContentName,
  virtualMachineClones,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  withConditions,
  type VirtualMachine,
  type VirtualMachineClone,
  type VirtualMachineCloneStatus,
  type VirtualMachineRestore,
  type VirtualMachineSnapshot,
  type VirtualMachineSnapshotContent,
  type Words,
} from '@berth/api'
import {
  createController,
  keyOf,
  parseKey,
  persistentVolumeClaims,
  type Controller,
  type EventRecorder,
} from '@berth/kube'
import { controllerReferenceTo, deepEqual, formatTime, getCondition, StatusError, unlessMissing } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { bySource, byTarget } from './informers.ts'

type Clone = Readonly<VirtualMachineClone>

/** What one look came to. */
type Outcome =
  | { state: 'pending'; event: string; reason: string }
  | { state: 'failed'; event: string; reason: string }
  | { state: 'processing'; status?: Partial<VirtualMachineCloneStatus>; wait?: true }
  | { state: 'succeeded'; status: Partial<VirtualMachineCloneStatus> }

const retryMs = 5000
const backendStorage = 'Clone of source with backendstorage is not supported'

export function createCloneController(services: EngineServices, events: EventRecorder): Controller {
  const { client, informers, clock } = services

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace = '', name } = parseKey(key)
    const clone = informers.clones.get(namespace, name)
    if (clone === undefined || clone.metadata.deletionTimestamp !== undefined) return
    if (clone.status?.phase === 'Failed') return
    if (clone.status?.phase === 'Succeeded' && clone.status.restoreName === undefined) return removeWithTarget(clone)
    const outcome = await advance(clone)
    await write(clone, outcome)
    if (outcome.state === 'pending' || (outcome.state === 'processing' && outcome.wait === true)) {
      return { requeueAfterMs: retryMs }
    }
  }

  async function advance(clone: Clone): Promise<Outcome> {
    switch (clone.status?.phase) {
      case undefined:
      case 'Unknown':
      case 'SnapshotInProgress':
        return snapshotStep(clone)
      case 'RestoreInProgress':
        return restoreStep(clone)
      case 'CreatingTargetVM':
        return targetStep(clone)
      case 'Succeeded':
        return cleanUp(clone)
      case 'Failed':
        return { state: 'processing' }
    }
  }

  async function snapshotStep(clone: Clone): Promise<Outcome> {
    const { namespace = '', uid = '' } = clone.metadata
    const { source } = clone.spec
    const key = `${namespace}/${source.name}`
    let name: string
    if (source.kind === 'VirtualMachine') {
      name = `tmp-snapshot-${uid}`
      if (clone.status?.snapshotName === undefined) {
        const machine = await unlessMissing(client.get(virtualMachines, { namespace, name: source.name }))
        if (machine === undefined) return sourceMissing(clone, key)
        if (keepsState(machine.spec.template.spec)) {
          return failed('SourceVMWithBackendStorageInvalid', `${backendStorage}: VM ${key}`)
        }
        const problem = unsnapshotable(machine)
        if (problem !== undefined) return { state: 'pending', event: 'VMVolumeSnapshotsInvalid', reason: problem }
        await makeSnapshot(clone, name)
        return { state: 'processing', status: { phase: 'SnapshotInProgress', snapshotName: name } }
      }
    } else {
      name = source.name
      const found = await unlessMissing(client.get(virtualMachineSnapshots, { namespace, name }))
      if (found === undefined) return sourceMissing(clone, key)
    }
    const snapshot = await unlessMissing(client.get(virtualMachineSnapshots, { namespace, name }))
    // Its own is made again: nothing hangs on it yet.
    if (snapshot === undefined) {
      await makeSnapshot(clone, name)
      return { state: 'processing', wait: true }
    }
    if (snapshot.status?.phase === 'Failed') {
      return failed('SnapshotContentInvalid', `snapshot ${name} failed: ${wordsOf(snapshot)}`)
    }
    if (!isSnapshotReady(snapshot)) return { state: 'processing', status: { phase: 'SnapshotInProgress' } }
    const content = await contentOf(snapshot)
    if (content === undefined) return { state: 'processing', wait: true }
    const problem = unclonable(content, key)
    if (problem !== undefined) return failed('SnapshotContentInvalid', problem)
    record(clone, 'SnapshotReady', `snapshot ${name} for clone ${clone.metadata.name ?? ''} is ready to use`)
    return { state: 'processing', status: { phase: 'RestoreInProgress', snapshotName: name } }
  }

  async function restoreStep(clone: Clone): Promise<Outcome> {
    const { namespace = '', name: cloneName = '', uid = '' } = clone.metadata
    const name = `tmp-restore-${uid}`
    const restore = await unlessMissing(client.get(virtualMachineRestores, { namespace, name }))
    if (restore === undefined) return makeRestore(clone, name)
    if (isRestoreFailed(restore)) {
      const reason = getCondition(restore.status?.conditions, 'Failure')?.reason ?? ''
      return failed('RestoreCreationFailed', `restore ${name} failed: ${reason}`)
    }
    if (isRestoreProgressing(restore)) return { state: 'processing', status: { restoreName: name } }
    record(clone, 'RestoreReady', `restore ${name} for clone ${cloneName} is ready to use`)
    const targetName = restore.spec.target.name
    return { state: 'processing', status: { phase: 'CreatingTargetVM', restoreName: name, targetName } }
  }

  async function targetStep(clone: Clone): Promise<Outcome> {
    const { namespace = '', name: cloneName = '' } = clone.metadata
    const name = clone.status?.targetName ?? ''
    const target = await unlessMissing(client.get(virtualMachines, { namespace, name }))
    if (target === undefined) return { state: 'processing', wait: true }
    record(clone, 'TargetVMCreated', `created target VM ${name} for clone ${cloneName}`)
    const creationTime = target.metadata.creationTimestamp ?? formatTime(clock.now())
    return { state: 'succeeded', status: { phase: 'Succeeded', creationTime } }
  }

  /** When the claims have what they need of the snapshot. */
  async function cleanUp(clone: Clone): Promise<Outcome> {
    const { namespace = '', name: cloneName = '' } = clone.metadata
    const { restoreName = '', snapshotName } = clone.status ?? {}
    const restore = await unlessMissing(client.get(virtualMachineRestores, { namespace, name: restoreName }))
    for (const { persistentVolumeClaim: name } of restore?.status?.restores ?? []) {
      const claim = await unlessMissing(client.get(persistentVolumeClaims, { namespace, name }))
      // One that somebody deleted meanwhile needs nothing any more.
      if (claim !== undefined && claim.status?.phase !== 'Bound') return { state: 'processing', wait: true }
    }
    record(clone, 'PVCBound', `all PVC for clone ${cloneName} are bound`)
    await unlessMissing(client.delete(virtualMachineRestores, { namespace, name: restoreName }))
    if (clone.spec.source.kind === 'VirtualMachine' && snapshotName !== undefined) {
      await unlessMissing(client.delete(virtualMachineSnapshots, { namespace, name: snapshotName }))
    }
    return { state: 'succeeded', status: {} }
  }

  async function makeSnapshot(clone: Clone, name: string): Promise<void> {
    const { namespace = '', name: cloneName = '' } = clone.metadata
    const snapshot: VirtualMachineSnapshot = {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshot',
      metadata: { namespace, name, ownerReferences: [controllerReferenceTo(clone)] },
      spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: clone.spec.source.name } },
    }
    if (await unlessPresent(client.create(virtualMachineSnapshots, snapshot))) {
      record(clone, 'SnapshotCreated', `created snapshot ${name} for clone ${cloneName}`)
    }
  }

  async function makeRestore(clone: Clone, name: string): Promise<Outcome> {
    const { namespace = '', name: cloneName = '' } = clone.metadata
    const snapshotName = clone.status?.snapshotName ?? clone.spec.source.name
    const snapshot = await unlessMissing(client.get(virtualMachineSnapshots, { namespace, name: snapshotName }))
    if (snapshot === undefined) return failed('SnapshotDeleted', `snapshot ${snapshotName} does not exist anymore`)
    const kept = (await contentOf(snapshot))?.spec.source.virtualMachine
    const { target } = clone.spec
    if (kept === undefined || target === undefined) return { state: 'processing', wait: true }
    const restore: VirtualMachineRestore = {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineRestore',
      metadata: { namespace, name, ownerReferences: [controllerReferenceTo(clone)] },
      spec: {
        target,
        virtualMachineSnapshotName: snapshotName,
        patches: clonePatches(kept, clone.spec),
        ...(clone.spec.volumeNamePolicy === undefined ? {} : { volumeRestorePolicy: clone.spec.volumeNamePolicy }),
      },
    }
    try {
      if (await unlessPresent(client.create(virtualMachineRestores, restore))) {
        record(clone, 'RestoreCreated', `created restore ${name} for clone ${cloneName}`)
      }
    } catch (error) {
      if (!(error instanceof StatusError) || (error.status.code ?? 500) >= 500) throw error
      // What is refused now is refused the next time, too.
      return failed('RestoreCreationFailed', `failed creating restore ${name} for clone ${cloneName}: ${error.message}`)
    }
    return { state: 'processing', status: { restoreName: name } }
  }

  async function contentOf(snapshot: VirtualMachineSnapshot): Promise<VirtualMachineSnapshotContent | undefined> {
    const { namespace = '' } = snapshot.metadata
    return unlessMissing(client.get(virtualMachineSnapshotContents, { namespace, name: snapshotContentName(snapshot) }))
  }

  function sourceMissing({ spec }: Clone, key: string): Outcome {
    return { state: 'pending', event: 'SourceDoesNotExist', reason: `Source doesnt exist: ${spec.source.kind} ${key}` }
  }

  /** A clone is about its target, and goes when that does. */
  async function removeWithTarget({ metadata, status }: Clone): Promise<void> {
    const { namespace = '', name = '' } = metadata
    const target = await unlessMissing(client.get(virtualMachines, { namespace, name: status?.targetName ?? '' }))
    if (target === undefined) await unlessMissing(client.delete(virtualMachineClones, { namespace, name }))
  }

  async function write(clone: Clone, outcome: Outcome): Promise<void> {
    const before = clone.status ?? {}
    const status: VirtualMachineCloneStatus = { ...before }
    const said: Words[] = []
    if (outcome.state === 'pending' || outcome.state === 'failed') {
      record(clone, outcome.event, outcome.reason)
      if (outcome.state === 'failed') status.phase = 'Failed'
      const progress = outcome.state === 'failed' ? 'Failed' : 'Pending'
      said.push(['Progressing', 'False', progress], ['Ready', 'False', outcome.reason])
    } else {
      Object.assign(status, outcome.status)
      const done = status.phase === 'Succeeded'
      const words = done ? 'Ready' : 'Still processing'
      said.push(['Progressing', done ? 'False' : 'True', words], ['Ready', done ? 'True' : 'False', words])
      // Cleaned up.
      if (outcome.state === 'succeeded' && before.phase === 'Succeeded') {
        delete status.snapshotName
        delete status.restoreName
      }
    }
    status.conditions = withConditions(before.conditions, said, clock.now())
    if (!deepEqual(status, before)) await client.updateStatus(virtualMachineClones, { ...clone, status })
  }

  function record(clone: Clone, reason: string, message: string): void {
    events.record(clone, { type: 'Normal', reason, message })
  }

  return createController({
    name: 'machine-clones',
    reconcile,
    watches: [
      { informer: informers.clones },
      { informer: informers.machineSnapshots, keys: ownersOf },
      { informer: informers.restores, keys: ownersOf },
      {
        informer: informers.machineSnapshots,
        keys: ({ metadata }) => waitingFor(metadata.namespace, metadata.name),
      },
      { informer: informers.machines, keys: ({ metadata }) => waitingFor(metadata.namespace, metadata.name) },
    ],
    ...services.runtime,
  })

  function ownersOf({ metadata }: { metadata: VirtualMachine['metadata'] }): string[] {
    return (metadata.ownerReferences ?? [])
      .filter(({ kind }) => kind === 'VirtualMachineClone')
      .map(({ name }) => `${metadata.namespace ?? ''}/${name}`)
  }

  /** Clones whose source or target this is. */
  function waitingFor(namespace: string | undefined, name: string | undefined): string[] {
    const key = `${namespace ?? ''}/${name ?? ''}`
    return [...informers.clones.byIndex(bySource, key), ...informers.clones.byIndex(byTarget, key)].map(keyOf)
  }
}

function failed(event: string, reason: string): Outcome {
  return { state: 'failed', event, reason }
}

function wordsOf(snapshot: VirtualMachineSnapshot): string {
  return snapshot.status?.error?.message ?? getCondition(snapshot.status?.conditions, 'Failure')?.reason ?? ''
}

/** Disks of which no snapshot can be taken. */
function unsnapshotable({ spec, status }: VirtualMachine): string | undefined {
  const problems = (spec.template.spec.volumes ?? [])
    .filter(({ persistentVolumeClaim, dataVolume }) => persistentVolumeClaim !== undefined || dataVolume !== undefined)
    .flatMap(({ name }) => {
      const found = status?.volumeSnapshotStatuses?.find((entry) => entry.name === name)
      if (found === undefined) return [`Virtual Machine volume ${name} snapshot support unknown`]
      return found.enabled ? [] : [`Virtual Machine volume ${name} does not support snapshots`]
    })
  return problems.length === 0 ? undefined : problems.join('\n')
}

function unclonable({ spec }: VirtualMachineSnapshotContent, key: string): string | undefined {
  const machine = spec.source.virtualMachine
  if (machine === undefined) return 'unexpected snapshot source'
  if (keepsState(machine.spec.template.spec)) return `${backendStorage}: snapshot ${key}`
  const kept = new Set((spec.volumeBackups ?? []).map(({ volumeName }) => volumeName))
  const missing = (machine.spec.template.spec.volumes ?? [])
    .filter(({ persistentVolumeClaim, dataVolume }) => persistentVolumeClaim !== undefined || dataVolume !== undefined)
    .filter(({ name }) => !kept.has(name))
    .map(({ name }) => `volume ${name} is not backed up in snapshot ${spec.virtualMachineSnapshotName ?? ''}`)
  return missing.length === 0 ? undefined : missing.join('\n')
}

/** @returns whether it was not there before */
async function unlessPresent(creation: Promise<unknown>): Promise<boolean> {
  try {
    await creation
    return true
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
    return false
  }
}
