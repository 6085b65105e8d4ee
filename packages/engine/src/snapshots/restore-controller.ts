/**
 * VirtualMachineRestores: waits until the target is off, makes or puts back its claims, then its DataVolumes, then the machine. Any step
 * can be the last before a crash, and each is found done or done again. Source: KubeVirt's restore controller.
 */

import {
  dataVolumesToDelete,
  hasRestoreMark,
  isContentReady,
  isRestoreProgressing,
  isSnapshotReady,
  restoredMachine,
  restoreGraceMs,
  snapshotFinalizers,
  virtualMachineInstances,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  withConditions,
  type VirtualMachine,
  type VirtualMachineRestore,
  type VirtualMachineRestoreStatus,
  type VirtualMachineSnapshot,
  type VirtualMachineSnapshotContent,
  type Words,
} from '@berth/api'
import { DriverError } from '@berth/hypervisor'
import { createController, keyOf, parseKey, type Controller, type EventRecorder } from '@berth/kube'
import {
  controllerReferenceTo,
  deepEqual,
  formatTime,
  parseTime,
  StatusError,
  unlessMissing,
  type KubeObject,
} from '@berth/meta'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { foldersOf, shownError } from '../shown-error.ts'
import { bySource, byTarget } from './informers.ts'
import { holdSnapshot } from './restore-hold.ts'
import {
  clearMark,
  deleteDataVolumes,
  giveToMachine,
  markInProgress,
  nameDataVolumes,
  requireKnownSources,
  restoreDataVolumes,
  writeMachine,
} from './restore-target.ts'
import { removeReplacedState, takeStateOver } from './restore-state.ts'
import { plannedRestores, restoreClaims, type RestoreVolumes } from './restore-volumes.ts'

type Restore = Readonly<VirtualMachineRestore>
type Result = void | { requeueAfterMs: number }

/** How often what a restore waits for is looked at, beside what its informers tell. */
const retryMs = 5000
const pollMs = 200

const minute = `${restoreGraceMs / 60_000}m0s`
const words = {
  initializing: 'Initializing VirtualMachineRestore',
  waitEventually: 'Waiting for target VM to be powered off. Please stop the restore target to proceed with restore',
  waitGrace: `Waiting for target VM to be powered off. Please stop the restore target to proceed with restore, or the operation will fail after ${minute}`,
  stopping: 'Automatically stopping restore target for restore operation',
  stillThere: 'Restore target VMI still exists, please stop the restore target to proceed with restore',
  mustBeOff: 'Restore target VMI must be powered off before restore operation',
  graceOver: `Restore target failed to be ready within ${minute}. Please power off the target VM before attempting restore`,
  otherTarget: 'restore source and restore target are different but restore target already exists',
} as const

export function createRestoreController(services: EngineServices, events: EventRecorder): Controller {
  const { client, informers, clock } = services

  async function reconcile(key: string): Promise<Result> {
    const { namespace = '', name } = parseKey(key)
    const restore = informers.restores.get(namespace, name)
    await freeOthers(namespace, name, restore)
    if (restore === undefined) return
    if (restore.status === undefined) {
      await write(restore, { complete: false }, [
        ['Progressing', 'True', words.initializing],
        ['Ready', 'False', words.initializing],
      ])
      return
    }
    // From the server: a machine that was made a moment ago must not be made again.
    const target = await unlessMissing(client.get(virtualMachines, { namespace, name: restore.spec.target.name }))
    if (restore.metadata.deletionTimestamp !== undefined) return remove(restore, target)
    if (!isRestoreProgressing(restore)) {
      // One that ended, or died as it ended, holds on to nothing.
      if (target !== undefined) await clearMark(services, restore, target)
      return
    }
    if (await prepared(restore, target)) return
    if (target !== undefined && (await isRunning(target))) return whileRunning(restore, target)
    try {
      return await advance(restore, target)
    } catch (error) {
      if (!isExpected(error)) throw error
      await fail(restore, shownError(error, foldersOf(services)))
      return { requeueAfterMs: retryMs }
    }
  }

  async function advance(restore: Restore, found: VirtualMachine | undefined): Promise<Result> {
    const { snapshot, content } = await contentOf(restore)
    const sourceUid = snapshot.status?.sourceUID
    const kept = content.spec.source.virtualMachine
    if (kept === undefined) throw new EngineError('MissingDependency', 'unexpected snapshot source')
    const restored = found !== undefined && hasRestoreMark(restore, found)
    if (found !== undefined && !restored && sourceUid !== undefined && found.metadata.uid !== sourceUid) {
      throw new EngineError('VolumeRefused', words.otherTarget)
    }
    const target = found === undefined ? undefined : await markInProgress(services, restore, found)
    // A start that was under way when the machine was marked.
    if (target !== undefined && (await isRunning(target))) return { requeueAfterMs: pollMs }
    if (target !== undefined && restored) return finish(restore, target)
    const parts: RestoreVolumes = { restore, content, kept, target }
    const planned = plannedRestores(parts)
    if (!deepEqual(planned, restore.status?.restores ?? [])) {
      await holdSnapshot(services, restore, snapshot)
      return creating(restore, { restores: planned })
    }
    const { restores, done } = await restoreClaims(services, parts)
    if (!done) return creating(restore, { restores })
    const named = await nameDataVolumes(services, restore, kept)
    if (!deepEqual(named, restore.status?.restores ?? [])) return updating(restore, { restores: named })
    const machine = restoredMachine(restore, kept, target)
    requireKnownSources(restore, { kept, restored: machine })
    if (!(await restoreDataVolumes(services, restore, machine))) return updating(restore, {})
    const deletedDataVolumes = target === undefined ? [] : dataVolumesToDelete(target, machine)
    if (!deepEqual(deletedDataVolumes, restore.status?.deletedDataVolumes ?? [])) {
      return updating(restore, { deletedDataVolumes })
    }
    await takeStateOver(services, restore, kept)
    await writeMachine(services, restore, { restored: machine, exists: target !== undefined })
    return updating(restore, {})
  }

  async function finish(restore: Restore, target: VirtualMachine): Promise<void> {
    await giveToMachine(services, restore, target)
    await deleteDataVolumes(services, restore)
    await removeReplacedState(services, target)
    await clearMark(services, restore, await client.get(virtualMachines, targetOf(target)))
    await write(restore, { complete: true, restoreTime: formatTime(clock.now()) }, [
      ['Progressing', 'False', 'Operation complete'],
      ['Ready', 'True', 'Operation complete'],
    ])
    events.record(restore, {
      type: 'Normal',
      reason: 'VirtualMachineRestoreComplete',
      message: `Successfully completed VirtualMachineRestore ${restore.metadata.name ?? ''}`,
    })
  }

  async function creating(restore: Restore, change: Partial<VirtualMachineRestoreStatus>): Promise<Result> {
    await write(restore, change, [
      ['Progressing', 'True', 'Creating new PVCs'],
      ['Ready', 'False', 'Waiting for new PVCs'],
    ])
    return { requeueAfterMs: pollMs }
  }

  async function updating(restore: Restore, change: Partial<VirtualMachineRestoreStatus>): Promise<Result> {
    await write(restore, change, [
      ['Progressing', 'True', 'Updating target spec'],
      ['Ready', 'False', 'Waiting for target update'],
    ])
    return { requeueAfterMs: pollMs }
  }

  /** Goes with its machine, and not before it let go of it. @returns whether it was written, and is seen again */
  async function prepared(restore: Restore, target: VirtualMachine | undefined): Promise<boolean> {
    const { finalizers = [], ownerReferences = [] } = restore.metadata
    const owned = ownerReferences.length > 0 || target === undefined
    const held = finalizers.includes(snapshotFinalizers.restore)
    if (owned && held) return false
    await client.update(virtualMachineRestores, {
      ...restore,
      metadata: {
        ...restore.metadata,
        finalizers: held ? finalizers : [...finalizers, snapshotFinalizers.restore],
        ...(owned || target === undefined ? {} : { ownerReferences: [controllerReferenceTo(target)] }),
      },
    })
    return true
  }

  async function whileRunning(restore: Restore, target: VirtualMachine): Promise<Result> {
    switch (restore.spec.targetReadinessPolicy ?? 'WaitGracePeriod') {
      case 'FailImmediate':
        return failForGood(restore, words.mustBeOff)
      case 'StopTarget':
        await notReady(restore, words.stopping, words.stopping)
        await stop(target)
        return { requeueAfterMs: retryMs }
      case 'WaitEventually':
        await notReady(restore, words.waitEventually, words.stillThere)
        return { requeueAfterMs: retryMs }
      case 'WaitGracePeriod': {
        const left =
          parseTime(restore.metadata.creationTimestamp ?? '').getTime() + restoreGraceMs - clock.now().getTime()
        if (left < 0) return failForGood(restore, words.graceOver)
        await notReady(restore, words.waitGrace, words.stillThere)
        return { requeueAfterMs: Math.min(left + 1, retryMs) }
      }
    }
  }

  async function notReady(restore: Restore, reason: string, message: string): Promise<void> {
    events.record(restore, { type: 'Warning', reason: 'RestoreTargetNotReady', message })
    await write(restore, {}, [
      ['Progressing', 'False', reason],
      ['Ready', 'False', reason],
    ])
  }

  async function stop({ metadata }: VirtualMachine): Promise<void> {
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/${metadata.namespace ?? ''}/virtualmachines/${metadata.name ?? ''}/stop`
    try {
      await client.raw({ method: 'PUT', path, body: {} })
    } catch (error) {
      // It is stopping already.
      if (!(error instanceof StatusError && error.code === 'Conflict')) throw error
    }
  }

  async function fail(restore: Restore, message: string): Promise<void> {
    events.record(restore, {
      type: 'Warning',
      reason: 'VirtualMachineRestoreError',
      message: `VirtualMachineRestore encountered error ${message}`,
    })
    await write(restore, {}, [
      ['Progressing', 'False', message],
      ['Ready', 'False', message],
    ])
  }

  async function failForGood(restore: Restore, message: string): Promise<void> {
    events.record(restore, {
      type: 'Warning',
      reason: 'Operation failed',
      message: `VirtualMachineRestore failed ${message}`,
    })
    await write(restore, {}, [
      ['Progressing', 'False', message],
      ['Ready', 'False', message],
      ['Failure', 'True', message],
    ])
  }

  async function remove(restore: Restore, target: VirtualMachine | undefined): Promise<void> {
    const held = restore.metadata.finalizers ?? []
    if (!held.includes(snapshotFinalizers.restore)) return
    if (target !== undefined) await clearMark(services, restore, target)
    const finalizers = held.filter((entry) => entry !== snapshotFinalizers.restore)
    await unlessMissing(
      client.update(virtualMachineRestores, { ...restore, metadata: { ...restore.metadata, finalizers } }),
    )
  }

  /** As long as the target has an instance, whatever state that is in. */
  async function isRunning({ metadata }: VirtualMachine): Promise<boolean> {
    const found = await unlessMissing(client.get(virtualMachineInstances, targetOf({ metadata })))
    return found !== undefined
  }

  async function contentOf(
    restore: Restore,
  ): Promise<{ snapshot: VirtualMachineSnapshot; content: VirtualMachineSnapshotContent }> {
    const { namespace = '' } = restore.metadata
    const name = restore.spec.virtualMachineSnapshotName
    const key = `${namespace}/${name}`
    const missing = (why: string): EngineError => new EngineError('MissingDependency', why)
    const snapshot = await unlessMissing(client.get(virtualMachineSnapshots, { namespace, name }))
    if (snapshot === undefined) throw missing(`VMSnapshot ${key} does not exist`)
    if (snapshot.status?.phase === 'Failed') throw missing(`VMSnapshot ${key} failed and is invalid to use`)
    if (!isSnapshotReady(snapshot)) throw missing(`VMSnapshot ${key} not ready`)
    const contentName = snapshot.status?.virtualMachineSnapshotContentName
    if (contentName === undefined) throw missing(`no snapshot content name in ${key}`)
    const content = await unlessMissing(client.get(virtualMachineSnapshotContents, { namespace, name: contentName }))
    if (content === undefined) throw missing(`VMSnapshotContent ${namespace}/${contentName} does not exist`)
    if (!isContentReady(content)) throw missing(`VMSnapshotContent ${namespace}/${contentName} not ready`)
    return { snapshot, content }
  }

  async function write(restore: Restore, change: Partial<VirtualMachineRestoreStatus>, said: readonly Words[]) {
    const { status } = restore
    const conditions = withConditions(status?.conditions, said, clock.now())
    const next: VirtualMachineRestoreStatus = { ...status, ...change, conditions }
    if (next.deletedDataVolumes?.length === 0) delete next.deletedDataVolumes
    if (!deepEqual(next, status)) await client.updateStatus(virtualMachineRestores, { ...restore, status: next })
  }

  /** No machine stays marked by a restore that is not there, or that is of another machine. */
  async function freeOthers(namespace: string, name: string, restore: Restore | undefined): Promise<void> {
    const marked = informers.machines
      .list()
      .filter(
        ({ metadata, status }) =>
          metadata.namespace === namespace &&
          status?.restoreInProgress === name &&
          metadata.name !== restore?.spec.target.name,
      )
    if (marked.length === 0) return
    const current = await unlessMissing(client.get(virtualMachineRestores, { namespace, name }))
    for (const machine of marked) {
      if (current?.spec.target.name !== machine.metadata.name)
        await clearMark(services, { metadata: { name } }, machine)
    }
  }

  return createController({
    name: 'machine-restores',
    reconcile,
    watches: [
      { informer: informers.restores },
      { informer: informers.machines, keys: (machine) => keysOfTarget(machine) },
      { informer: informers.instances, keys: (instance) => keysOfTarget(instance) },
      { informer: informers.machineSnapshots, keys: (snapshot) => keysOfSnapshot(snapshot) },
    ],
    ...services.runtime,
  })

  function keysOfTarget({ metadata }: KubeObject): string[] {
    const own = informers.restores
      .byIndex(byTarget, `${metadata.namespace ?? ''}/${metadata.name ?? ''}`)
      .filter((restore) => isRestoreProgressing(restore) || restore.metadata.deletionTimestamp !== undefined)
      .map(keyOf)
    const marker = informers.machines.get(metadata.namespace, metadata.name ?? '')?.status?.restoreInProgress
    return marker === undefined ? own : [...new Set([...own, `${metadata.namespace ?? ''}/${marker}`])]
  }

  function keysOfSnapshot(snapshot: KubeObject): string[] {
    return informers.restores.byIndex(bySource, keyOf(snapshot)).filter(isRestoreProgressing).map(keyOf)
  }
}

function targetOf({ metadata }: KubeObject | { metadata: VirtualMachine['metadata'] }) {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}

/** What waiting or a person may mend. A conflict is no news: the next look mends it. */
function isExpected(error: unknown): boolean {
  if (error instanceof StatusError) return error.code !== 'Conflict' && (error.status.code ?? 500) < 500
  return error instanceof EngineError || error instanceof DriverError
}
