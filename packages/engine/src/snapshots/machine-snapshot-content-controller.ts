/**
 * VirtualMachineSnapshotContents: makes a VolumeSnapshot of each volume, and freezes all of them at one instant while the guest holds
 * its writers. Source: KubeVirt's snapshot controller, which freezes one volume after the other.
 */

import {
  contentGoesWith,
  freezeLimitReached,
  isSnapshotTerminating,
  snapshotFinalizers,
  virtualMachineSnapshotContents,
  volumeSnapshots,
  type VirtualMachineSnapshot,
  type VirtualMachineSnapshotContent,
  type VolumeBackup,
  type VolumeBackupStatus,
  type VolumeSnapshot,
} from '@berth/api'
import { createController, keyOf, parseKey, type Controller, type EventRecorder } from '@berth/kube'
import { controllerReferenceTo, deepEqual, formatTime, unlessMissing } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { foldersOf, shownError } from '../shown-error.ts'
import { freezeVolumes, isFrozen, type VolumeToFreeze } from './freeze-volumes.ts'
import { holdGuest, letGuestGo } from './guest-freeze.ts'
import { bySource } from './informers.ts'
import { momentOf } from './machine-snapshot-controller.ts'
import { sourceOf, type MachineSource } from './machine-source.ts'
import { classFor } from './snapshot-classes.ts'
import { ensureContent } from './volume-snapshot-content.ts'

type Content = Readonly<VirtualMachineSnapshotContent>
type Status = NonNullable<VirtualMachineSnapshotContent['status']>

/** KubeVirt's time until a guest that could not be held is asked again. */
const retryMs = 5000

export function createMachineSnapshotContentController(services: EngineServices, events: EventRecorder): Controller {
  const { client, informers, clock } = services
  /** When a guest that could not be held, or volumes that could not be frozen, are tried again; by the content's uid. */
  const retryAt = new Map<string, number>()

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const content = informers.machineSnapshotContents.get(namespace, name)
    if (content === undefined) return
    const tried = retryAt.get(content.metadata.uid ?? '')
    const snapshot = snapshotOf(content)
    if (snapshot === undefined || isSnapshotTerminating(snapshot, momentOf(snapshot, services))) {
      retryAt.delete(content.metadata.uid ?? '')
      if (snapshot !== undefined) await letGuestGo(services, sourceOf(services, snapshot))
      const released = await releaseFinalizer(content)
      // Seen again in its new form, if it stays.
      if (released || (snapshot !== undefined && contentGoesWith(snapshot, content))) return
    }
    if (content.metadata.deletionTimestamp !== undefined) return
    if (content.status?.creationTime === undefined || content.status.creationTime === null) {
      // Of a snapshot that is gone, nothing is taken any more.
      if (snapshot === undefined || snapshot.metadata.deletionTimestamp !== undefined) return
      // What is written about a failure, by whomever, is no reason to hold the guest again at once.
      const leftMs = (tried ?? 0) - clock.now().getTime()
      return leftMs > 0 ? { requeueAfterMs: leftMs } : take(content, snapshot)
    }
    retryAt.delete(content.metadata.uid ?? '')
    await report(content, { creationTime: content.status.creationTime })
  }

  async function take(content: Content, snapshot: Readonly<VirtualMachineSnapshot>) {
    const source = sourceOf(services, snapshot)
    if (source === undefined || !source.locked) return { requeueAfterMs: retryMs }
    const group: VolumeToFreeze[] = []
    for (const backup of withSnapshots(content)) group.push(await prepare(content, backup))
    try {
      const late = await freezeAll(group, source, snapshot)
      if (late !== undefined) return await fail(content, late)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      return await fail(content, shownError(error, foldersOf(services)))
    }
    await report(content, { creationTime: formatTime(clock.now()) })
  }

  /**
   * The guest is held for as short as it can be: everything else is there already.
   * @returns what went wrong although all is frozen
   */
  async function freezeAll(
    group: readonly VolumeToFreeze[],
    source: MachineSource,
    snapshot: Readonly<VirtualMachineSnapshot>,
  ): Promise<string | undefined> {
    const frozen = await isFrozen(
      services,
      group.map((each) => each.snapshot),
    )
    // Taken by an engine that ended before it could say so, and maybe before it let go of the guest.
    if (group.length === 0 || frozen) {
      await letGuestGo(services, source)
      return undefined
    }
    const held = await holdGuest(services, source, momentOf(snapshot, services).deadlineMs)
    let stillHeld = true
    try {
      await freezeVolumes(services, group)
      stillHeld = !held || (await isGuestHeld(source))
    } finally {
      await letGuestGo(services, source)
    }
    return stillHeld
      ? undefined
      : `${freezeLimitReached}: the guest let go of its file systems before the volumes were frozen`
  }

  async function isGuestHeld({ instance }: MachineSource): Promise<boolean> {
    const domain = services.driver.get(instance?.metadata.uid ?? '')
    return domain !== undefined && (await domain.agent.isFrozen())
  }

  /** The VolumeSnapshot and its content, before anything is frozen. */
  async function prepare(content: Content, { persistentVolumeClaim, volumeSnapshotName = '' }: VolumeBackup) {
    const { namespace = '' } = content.metadata
    const claimName = persistentVolumeClaim.metadata.name ?? ''
    const claim = informers.claims.get(namespace, claimName)
    if (claim === undefined) throw new Error(`PersistentVolumeClaim "${namespace}/${claimName}" is gone`)
    const made = await unlessMissing(client.get(volumeSnapshots, { namespace, name: volumeSnapshotName }))
    // Chosen once: what stands against a snapshot now is told when it is taken.
    const className = made?.spec.volumeSnapshotClassName ?? classFor(services, claim) ?? ''
    const snapshotClass = informers.volumeSnapshotClasses.get(undefined, className)
    if (snapshotClass === undefined) throw new Error(`PersistentVolumeClaim "${claimName}" has no VolumeSnapshotClass`)
    const snapshot = made ?? (await makeSnapshot(content, { name: volumeSnapshotName, claimName, className }))
    await ensureContent(services, snapshot, { claim, snapshotClass })
    return { snapshot, claim }
  }

  async function makeSnapshot(
    content: Content,
    { name, claimName, className }: { name: string; claimName: string; className: string },
  ): Promise<VolumeSnapshot> {
    const { namespace = '' } = content.metadata
    const machine = content.spec.source.virtualMachine
    const created = await client.create(volumeSnapshots, {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshot',
      metadata: {
        namespace,
        name,
        labels: {
          'snapshot.kubevirt.io/source-vm-name': machine?.metadata.name ?? '',
          'snapshot.kubevirt.io/source-vm-namespace': machine?.metadata.namespace ?? '',
        },
        finalizers: [snapshotFinalizers.volumeSnapshot, snapshotFinalizers.volumeSnapshotAsSource],
        ownerReferences: [controllerReferenceTo(content)],
      },
      spec: { source: { persistentVolumeClaimName: claimName }, volumeSnapshotClassName: className },
    })
    events.record(content, {
      type: 'Normal',
      reason: 'SuccessfulVolumeSnapshotCreate',
      message: `Successfully created VolumeSnapshot ${name}`,
    })
    return created
  }

  async function fail(content: Content, message: string): Promise<{ requeueAfterMs: number }> {
    retryAt.set(content.metadata.uid ?? '', clock.now().getTime() + retryMs)
    const before = content.status?.error?.message
    const error = before === message ? content.status?.error : { message, time: formatTime(clock.now()) }
    await write(content, { ...content.status, readyToUse: false, ...(error === undefined ? {} : { error }) })
    return { requeueAfterMs: retryMs }
  }

  /** How its volumes stand; ready when all of them are. */
  async function report(content: Content, { creationTime }: { creationTime: string }): Promise<void> {
    const { namespace } = content.metadata
    const states: VolumeBackupStatus[] = []
    const lost: string[] = []
    for (const { volumeSnapshotName: name = '' } of withSnapshots(content)) {
      const found = informers.volumeSnapshots.get(namespace, name)
      if (
        found === undefined &&
        (await unlessMissing(client.get(volumeSnapshots, { namespace: namespace ?? '', name }))) === undefined
      ) {
        const message = `VolumeSnapshot ${name} no longer exists`
        if (content.status?.error === undefined)
          events.record(content, { type: 'Warning', reason: 'VolumeSnapshotMissing', message })
        lost.push(name)
      } else states.push(stateOf(name, found))
    }
    const problem =
      lost.length > 0
        ? `VolumeSnapshots (${lost.join(',')}) missing`
        : states.flatMap(({ volumeSnapshotName: name, error }) =>
            error?.message === undefined ? [] : [`VolumeSnapshot ${name} error: ${error.message}`],
          )[0]
    const readyToUse = lost.length === 0 && states.every((state) => state.readyToUse === true)
    const { error: _earlier, volumeSnapshotStatus: _states, ...rest } = content.status ?? {}
    const earlier = content.status?.error
    const error =
      problem === undefined || readyToUse
        ? undefined
        : earlier?.message === problem
          ? earlier
          : { message: problem, time: formatTime(clock.now()) }
    await write(content, {
      ...rest,
      creationTime,
      readyToUse,
      ...(error === undefined ? {} : { error }),
      ...(states.length === 0 ? {} : { volumeSnapshotStatus: states }),
    })
  }

  async function write(content: Content, status: Status): Promise<void> {
    if (deepEqual(status, content.status)) return
    await client.updateStatus(virtualMachineSnapshotContents, { ...content, status })
  }

  async function releaseFinalizer(content: Content): Promise<boolean> {
    const held = content.metadata.finalizers ?? []
    if (!held.includes(snapshotFinalizers.content)) return false
    const finalizers = held.filter((entry) => entry !== snapshotFinalizers.content)
    await unlessMissing(
      client.update(virtualMachineSnapshotContents, { ...content, metadata: { ...content.metadata, finalizers } }),
    )
    return true
  }

  function snapshotOf({ metadata, spec }: Content): Readonly<VirtualMachineSnapshot> | undefined {
    return informers.machineSnapshots.get(metadata.namespace, spec.virtualMachineSnapshotName ?? '')
  }

  return createController({
    name: 'machine-snapshot-contents',
    reconcile,
    watches: [
      { informer: informers.machineSnapshotContents },
      {
        informer: informers.machineSnapshots,
        keys: (snapshot) => informers.machineSnapshotContents.byIndex(bySource, keyOf(snapshot)).map(keyOf),
      },
      {
        informer: informers.volumeSnapshots,
        keys: ({ metadata }) =>
          (metadata.ownerReferences ?? [])
            .filter(({ kind }) => kind === 'VirtualMachineSnapshotContent')
            .map(({ name }) => `${metadata.namespace ?? ''}/${name}`),
      },
    ],
    ...services.runtime,
  })
}

function withSnapshots({ spec }: Content): VolumeBackup[] {
  return (spec.volumeBackups ?? []).filter(({ volumeSnapshotName }) => volumeSnapshotName !== undefined)
}

function stateOf(name: string, snapshot: Readonly<VolumeSnapshot> | undefined): VolumeBackupStatus {
  const { readyToUse, creationTime, error } = snapshot?.status ?? {}
  return {
    volumeSnapshotName: name,
    ...(readyToUse === undefined ? {} : { readyToUse }),
    ...(creationTime === undefined ? {} : { creationTime }),
    ...(error === undefined ? {} : { error }),
  }
}
