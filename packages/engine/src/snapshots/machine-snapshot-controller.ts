/**
 * VirtualMachineSnapshots: locks the machine, makes the content, says how it stands, and lets go of the machine whatever became of it.
 * Any step can be the last before a crash. Source: KubeVirt's snapshot controller.
 */

import {
  canUnlock,
  contentGoesWith,
  defaultFailureDeadline,
  isSnapshotProgressing,
  isSnapshotTerminating,
  keptClaim,
  snapshotContentName,
  snapshotFinalizers,
  snapshotStatus,
  untilDeadlineMs,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  volumeSnapshotName,
  type Moment,
  type VirtualMachineSnapshot,
  type VirtualMachineSnapshotContent,
  type VolumeBackup,
} from '@berth/api'
import { parseDuration } from '@berth/base'
import { createController, keyOf, parseKey, type Controller, type EventRecorder } from '@berth/kube'
import { StatusError, unlessMissing, type KubeObject } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { bySource } from './informers.ts'
import { keep, lock, sourceOf, unlock, type MachineSource } from './machine-source.ts'
import { isHeld } from './restore-hold.ts'
import { claimsToFreeze, classOfClaim } from './snapshot-classes.ts'

type Snapshot = Readonly<VirtualMachineSnapshot>
type Content = Readonly<VirtualMachineSnapshotContent>

/** KubeVirt's time until a machine that could not be locked is looked at again. */
const retryMs = 5000

export function createMachineSnapshotController(services: EngineServices, events: EventRecorder): Controller {
  const { client, informers } = services

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const snapshot = informers.machineSnapshots.get(namespace, name)
    await freeOthers({ namespace, name }, snapshot)
    if (snapshot === undefined) return
    const moment = momentOf(snapshot, services)
    const source = sourceOf(services, snapshot)
    const content = informers.machineSnapshotContents.get(namespace, snapshotContentName(snapshot))
    const terminating = isSnapshotTerminating(snapshot, moment)
    if (!terminating && !hasFinalizer(snapshot)) {
      await client.update(virtualMachineSnapshots, withFinalizer(snapshot))
      // Seen again in its new form.
      return
    }
    const deleting = snapshot.metadata.deletionTimestamp !== undefined
    if (deleting && (await isHeld(services, snapshot))) return { requeueAfterMs: retryMs }
    const { seen, retry } = await advance({ snapshot, source, content, moment, terminating })
    if (terminating && content !== undefined && contentGoesWith(snapshot, content)) await removeContent(content)
    await writeStatus(snapshot, { source: seen, content, moment })
    if (deleting && (seen === undefined || !seen.locked)) {
      await releaseFinalizer(snapshot)
      return
    }
    if (retry) return { requeueAfterMs: retryMs }
    const left = isSnapshotProgressing(snapshot) ? untilDeadlineMs(snapshot, moment) : undefined
    if (left !== undefined) return { requeueAfterMs: Math.max(1, left + 1) }
  }

  interface Step {
    snapshot: Snapshot
    source: MachineSource | undefined
    content: Content | undefined
    moment: Moment
    terminating: boolean
  }

  async function advance(step: Step): Promise<{ seen: MachineSource | undefined; retry: boolean }> {
    const { snapshot, source, content, moment, terminating } = step
    // The status comes first, so that what follows is never done for a snapshot that says nothing of it.
    if (snapshot.status === undefined || source === undefined) return { seen: source, retry: false }
    if (isSnapshotProgressing(snapshot) && !terminating) {
      if (!source.locked) {
        const why = await lock(services, source, snapshot)
        return { seen: why === undefined ? source : { ...source, lockMessage: why }, retry: true }
      }
      if (content === undefined) await makeContent(snapshot, source)
      return { seen: source, retry: false }
    }
    if (!canUnlock(snapshot, content, moment)) return { seen: source, retry: false }
    await unlock(services, source.machine, snapshot.metadata.name ?? '')
    return { seen: { ...source, locked: false }, retry: false }
  }

  async function makeContent(snapshot: Snapshot, source: MachineSource): Promise<void> {
    const { namespace = '', name = '', uid = '' } = snapshot.metadata
    const contentName = snapshotContentName(snapshot)
    const backups = claimsToFreeze(source.machine, informers.claims).flatMap(
      ({ volume, claim: claimName }): VolumeBackup[] => {
        const claim = informers.claims.get(namespace, claimName)
        if (claim === undefined || classOfClaim(services, claim) === undefined) return []
        return [
          {
            volumeName: volume,
            persistentVolumeClaim: keptClaim(claim),
            volumeSnapshotName: volumeSnapshotName(uid, volume),
          },
        ]
      },
    )
    try {
      await client.create(virtualMachineSnapshotContents, {
        apiVersion: 'snapshot.kubevirt.io/v1beta1',
        kind: 'VirtualMachineSnapshotContent',
        metadata: { namespace, name: contentName, finalizers: [snapshotFinalizers.content] },
        spec: {
          virtualMachineSnapshotName: name,
          source: { virtualMachine: await keep(services, source, snapshot) },
          ...(backups.length === 0 ? {} : { volumeBackups: backups }),
        },
      })
    } catch (error) {
      // Made a moment ago, and not in the cache yet.
      if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
      return
    }
    events.record(snapshot, {
      type: 'Normal',
      reason: 'SuccessfulVirtualMachineSnapshotContentCreate',
      message: `Successfully created VirtualMachineSnapshotContent ${contentName}`,
    })
  }

  async function removeContent({ metadata }: Content): Promise<void> {
    if (metadata.deletionTimestamp !== undefined) return
    const { namespace = '', name = '' } = metadata
    await unlessMissing(client.delete(virtualMachineSnapshotContents, { namespace, name }))
  }

  async function writeStatus(
    snapshot: Snapshot,
    seen: { source: MachineSource | undefined; content: Content | undefined; moment: Moment },
  ): Promise<void> {
    const status = snapshotStatus({ snapshot, ...seen })
    if (status !== snapshot.status) await client.updateStatus(virtualMachineSnapshots, { ...snapshot, status })
  }

  async function releaseFinalizer({ metadata }: Snapshot): Promise<void> {
    // From the server: the status was written just now.
    const { namespace = '', name = '', uid } = metadata
    const current = await unlessMissing(client.get(virtualMachineSnapshots, { namespace, name }))
    if (current === undefined || current.metadata.uid !== uid || !hasFinalizer(current)) return
    const held = (current.metadata.finalizers ?? []).filter((entry) => entry !== snapshotFinalizers.snapshot)
    await unlessMissing(
      client.update(virtualMachineSnapshots, { ...current, metadata: { ...current.metadata, finalizers: held } }),
    )
  }

  /**
   * No machine stays locked by a snapshot that is not there, or that is of another machine: whoever took its finalizer away by hand, or
   * put back an older store, would have locked it for ever.
   */
  async function freeOthers(
    { namespace, name }: { namespace: string | undefined; name: string },
    snapshot: Snapshot | undefined,
  ): Promise<void> {
    const locked = informers.machines
      .list()
      .filter(
        ({ metadata, status }) =>
          metadata.namespace === namespace &&
          status?.snapshotInProgress === name &&
          metadata.name !== snapshot?.spec.source.name,
      )
    if (locked.length === 0) return
    // The cache of snapshots may be behind that of machines.
    const current = await unlessMissing(client.get(virtualMachineSnapshots, { namespace: namespace ?? '', name }))
    for (const machine of locked) {
      if (current?.spec.source.name !== machine.metadata.name) await unlock(services, machine, name)
    }
  }

  return createController({
    name: 'machine-snapshots',
    reconcile,
    watches: [
      { informer: informers.machineSnapshots },
      { informer: informers.machineSnapshotContents, keys: snapshotKeyOf },
      { informer: informers.machines, keys: (machine) => keysOfMachine(machine) },
      { informer: informers.instances, keys: (instance) => keysOfMachine(instance) },
    ],
    ...services.runtime,
  })

  /** Those under way of a machine, and the one that has locked it. */
  function keysOfMachine(object: KubeObject): string[] {
    const { namespace = '', name } = object.metadata
    const own = informers.machineSnapshots
      .byIndex(bySource, keyOf(object))
      .filter((snapshot) => isSnapshotProgressing(snapshot) || snapshot.metadata.deletionTimestamp !== undefined)
      .map(keyOf)
    const locker = informers.machines.get(namespace, name ?? '')?.status?.snapshotInProgress
    return locker === undefined ? own : [...new Set([...own, `${namespace}/${locker}`])]
  }
}

export function momentOf({ spec }: Snapshot, { clock }: Pick<EngineServices, 'clock'>): Moment {
  return { now: clock.now(), deadlineMs: parseDuration(spec.failureDeadline ?? defaultFailureDeadline) }
}

export function snapshotKeyOf(object: KubeObject): string[] {
  const { virtualMachineSnapshotName: name } = (object as VirtualMachineSnapshotContent).spec
  return name === undefined ? [] : [`${object.metadata.namespace ?? ''}/${name}`]
}

function hasFinalizer({ metadata }: Snapshot): boolean {
  return metadata.finalizers?.includes(snapshotFinalizers.snapshot) === true
}

function withFinalizer(snapshot: Snapshot): VirtualMachineSnapshot {
  const finalizers = [...(snapshot.metadata.finalizers ?? []), snapshotFinalizers.snapshot]
  return { ...snapshot, metadata: { ...snapshot.metadata, finalizers } }
}
