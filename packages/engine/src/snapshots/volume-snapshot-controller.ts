/**
 * VolumeSnapshots: freezes the volume of a claim, or takes over what a content has already. Those that a snapshot of a machine made are
 * frozen together by that one's controller; here they are only said to be ready, when all of them are.
 */

import {
  defaultSnapshotClassAnnotation,
  snapshotFinalizers,
  volumeSnapshotContents,
  volumeSnapshots,
  type VolumeSnapshot,
  type VolumeSnapshotClass,
  type VolumeSnapshotContent,
} from '@berth/api'
import { DriverError } from '@berth/hypervisor'
import { ImagingError } from '@berth/imaging'
import { createController, keyOf, parseKey, type Controller, type PersistentVolumeClaim } from '@berth/kube'
import { controllerOf, deepEqual, formatTime, unlessMissing, type KubeObject } from '@berth/meta'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { foldersOf, shownError } from '../shown-error.ts'
import { keepsFiles } from '../volumes/claim-content.ts'
import { freezeVolumes, isFrozen } from './freeze-volumes.ts'
import { bySource } from './informers.ts'
import { localDriver } from './snapshot-class.ts'
import {
  contentNameOf,
  contentStatus,
  ensureContent,
  handleOf,
  handleOfContent,
  readyStatus,
} from './volume-snapshot-content.ts'

type Snapshot = Readonly<VolumeSnapshot>

const protections: readonly string[] = [snapshotFinalizers.volumeSnapshot, snapshotFinalizers.volumeSnapshotAsSource]
/** How often what keeps a snapshot from being taken is looked at again. */
const retryMs = 5000

export function createVolumeSnapshotController(services: EngineServices): Controller {
  const { client, informers, volumes, clock, events } = services

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const snapshot = informers.volumeSnapshots.get(namespace, name)
    if (snapshot === undefined) return
    if (snapshot.metadata.deletionTimestamp !== undefined) return remove(snapshot)
    if (snapshot.status?.readyToUse === true) return
    try {
      return snapshot.spec.source.volumeSnapshotContentName === undefined
        ? await take(snapshot)
        : await takeOver(snapshot)
    } catch (error) {
      if (!isExpected(error)) throw error
      await fail(snapshot, error)
      return { requeueAfterMs: retryMs }
    }
  }

  async function take(snapshot: Snapshot): Promise<void | { requeueAfterMs: number }> {
    const snapshotClass = classOf(snapshot)
    if (snapshotClass.driver !== localDriver) return
    const claim = claimOf(snapshot)
    const held = await withProtections(snapshot, snapshotClass)
    // Seen again in its new form.
    if (held !== snapshot) return
    await ensureContent(services, snapshot, { claim, snapshotClass })
    const group = groupOf(snapshot)
    if (group === undefined) await freezeVolumes(services, [{ snapshot, claim }])
    // Frozen by who made the group; the last of it wakes the others.
    else if (!group.complete || !(await isFrozen(services, group.members))) return
    await finish(snapshot, handleOf(snapshot))
  }

  /** A frozen state that is there already, and that an administrator gave to this object. */
  async function takeOver(snapshot: Snapshot): Promise<void> {
    const name = contentNameOf(snapshot)
    const content = await unlessMissing(client.get(volumeSnapshotContents, { name }))
    if (content === undefined) throw missing(`VolumeSnapshotContent "${name}" does not exist`)
    const { namespace, name: named, uid = '' } = content.spec.volumeSnapshotRef
    const own = snapshot.metadata
    if (namespace !== own.namespace || named !== own.name || (uid !== '' && uid !== own.uid)) {
      throw missing(`VolumeSnapshotContent "${name}" belongs to another VolumeSnapshot`)
    }
    if (content.spec.driver !== localDriver) return
    const handle = content.spec.source.snapshotHandle
    if (handle === undefined) throw missing(`VolumeSnapshotContent "${name}" was not made for being taken over`)
    if ((await volumes.snapshotInfo(handle)) === undefined) {
      throw missing(`snapshotHandle "${handle}" of VolumeSnapshotContent "${name}" is not on this host`)
    }
    await bind(content, snapshot)
    if ((await withProtections(snapshot, undefined)) !== snapshot) return
    await finish(snapshot, handle)
  }

  async function bind(content: VolumeSnapshotContent, { metadata }: Snapshot): Promise<void> {
    const finalizers = content.metadata.finalizers ?? []
    const protection = snapshotFinalizers.volumeSnapshotContent
    const bound = content.spec.volumeSnapshotRef.uid === metadata.uid
    if (bound && finalizers.includes(protection)) return
    await client.update(volumeSnapshotContents, {
      ...content,
      metadata: { ...content.metadata, finalizers: [...new Set([...finalizers, protection])] },
      spec: {
        ...content.spec,
        volumeSnapshotRef: { ...content.spec.volumeSnapshotRef, uid: metadata.uid ?? '' },
      },
    })
  }

  /** First the content, then the object that people look at: what is ready has a content that says so. */
  async function finish(snapshot: Snapshot, handle: string): Promise<void> {
    const info = await volumes.snapshotInfo(handle)
    if (info === undefined) throw missing(`what VolumeSnapshot "${keyOf(snapshot)}" froze is not on this host`)
    const name = contentNameOf(snapshot)
    const content = await client.get(volumeSnapshotContents, { name })
    const status = contentStatus(handle, info)
    if (!deepEqual(content.status, status)) await client.updateStatus(volumeSnapshotContents, { ...content, status })
    await client.updateStatus(volumeSnapshots, { ...snapshot, status: readyStatus(name, info) })
    const message = `Snapshot ${keyOf(snapshot)} is ready to use.`
    events.record(snapshot, { type: 'Normal', reason: 'SnapshotReady', message })
  }

  async function fail(snapshot: Snapshot, error: unknown): Promise<void> {
    const message = shownError(error, foldersOf(services))
    if (snapshot.status?.error?.message === message) return
    events.record(snapshot, { type: 'Warning', reason: 'SnapshotCreationFailed', message })
    const status = { ...snapshot.status, readyToUse: false, error: { message, time: formatTime(clock.now()) } }
    await client.updateStatus(volumeSnapshots, { ...snapshot, status })
  }

  /** Its class is written down with the protection: a default class may become another one. */
  async function withProtections(snapshot: Snapshot, chosen: Readonly<VolumeSnapshotClass> | undefined) {
    const { finalizers = [] } = snapshot.metadata
    const className = snapshot.spec.volumeSnapshotClassName ?? chosen?.metadata.name
    const held = protections.every((entry) => finalizers.includes(entry))
    if (held && className === snapshot.spec.volumeSnapshotClassName) return snapshot
    return client.update(volumeSnapshots, {
      ...snapshot,
      metadata: { ...snapshot.metadata, finalizers: [...new Set([...finalizers, ...protections])] },
      spec: { ...snapshot.spec, ...(className === undefined ? {} : { volumeSnapshotClassName: className }) },
    })
  }

  /** After its content, unless that is to be kept. */
  async function remove(snapshot: Snapshot): Promise<void> {
    const { finalizers = [], namespace, name } = snapshot.metadata
    if (!protections.some((entry) => finalizers.includes(entry))) return
    if (isBeingRead(namespace, name)) return
    const content = await unlessMissing(client.get(volumeSnapshotContents, { name: contentNameOf(snapshot) }))
    const owned = content !== undefined && content.spec.volumeSnapshotRef.uid === snapshot.metadata.uid
    if (owned && content.spec.deletionPolicy === 'Delete') {
      if (content.metadata.deletionTimestamp === undefined) {
        await unlessMissing(client.delete(volumeSnapshotContents, { name: content.metadata.name ?? '' }))
      }
      // Its going wakes this again.
      return
    }
    await client.update(volumeSnapshots, {
      ...snapshot,
      metadata: { ...snapshot.metadata, finalizers: finalizers.filter((entry) => !protections.includes(entry)) },
    })
  }

  /** A claim that is made from it needs it until it is bound. */
  function isBeingRead(namespace: string | undefined, name: string | undefined): boolean {
    return informers.claims
      .list()
      .some(
        (claim) =>
          claim.metadata.namespace === namespace &&
          claim.metadata.deletionTimestamp === undefined &&
          claim.status?.phase !== 'Bound' &&
          snapshotNameIn(claim) === name,
      )
  }

  function classOf({ spec }: Snapshot): Readonly<VolumeSnapshotClass> {
    const name = spec.volumeSnapshotClassName
    if (name !== undefined) {
      const found = informers.volumeSnapshotClasses.get(undefined, name)
      if (found === undefined) throw missing(`VolumeSnapshotClass "${name}" does not exist`)
      return found
    }
    const chosen = informers.volumeSnapshotClasses
      .list()
      .filter(
        ({ driver, metadata }) =>
          driver === localDriver && metadata.annotations?.[defaultSnapshotClassAnnotation] === 'true',
      )
    const [only] = chosen
    if (chosen.length > 1) throw missing(`${chosen.length} default snapshot classes were found`)
    if (only === undefined) throw missing('cannot find default snapshot class')
    return only
  }

  function claimOf({ metadata, spec }: Snapshot): Readonly<PersistentVolumeClaim> {
    const name = spec.source.persistentVolumeClaimName ?? ''
    const claim = informers.claims.get(metadata.namespace, name)
    if (claim === undefined) throw missing(`PersistentVolumeClaim "${name}" does not exist`)
    if (claim.status?.phase !== 'Bound') throw missing(`PersistentVolumeClaim "${name}" is not bound to a volume yet`)
    if (keepsFiles(claim)) {
      throw new EngineError(
        'VolumeRefused',
        `PersistentVolumeClaim "${name}" keeps files, of which no snapshots are taken: export it`,
      )
    }
    return claim
  }

  /** The snapshots that are frozen with this one; undefined for one of its own. */
  function groupOf(snapshot: Snapshot): { complete: boolean; members: Snapshot[] } | undefined {
    const owner = controllerOf(snapshot)
    if (owner?.kind !== 'VirtualMachineSnapshotContent') return undefined
    const { namespace, name = '' } = snapshot.metadata
    const content = informers.machineSnapshotContents.get(namespace, owner.name)
    const names = (content?.spec.volumeBackups ?? []).flatMap(({ volumeSnapshotName: each }) => each ?? [])
    // Somebody's own, under a name that only looks like it.
    if (content?.metadata.uid !== owner.uid || !names.includes(name)) return undefined
    const members = names.flatMap((each) => informers.volumeSnapshots.get(namespace, each) ?? [])
    return { complete: members.length === names.length, members }
  }

  return createController({
    name: 'volume-snapshots',
    reconcile,
    watches: [
      { informer: informers.volumeSnapshots },
      { informer: informers.volumeSnapshotContents, keys: (content) => keysOfContent(content) },
      { informer: informers.claims, keys: (claim) => keysOfClaim(claim) },
      {
        informer: informers.machineSnapshotContents,
        // Its snapshots are ready as soon as it has frozen all of them.
        keys: ({ metadata }) => {
          const content = informers.machineSnapshotContents.get(metadata.namespace, metadata.name ?? '')
          return (content?.spec.volumeBackups ?? []).flatMap(({ volumeSnapshotName: name }) =>
            name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`],
          )
        },
      },
    ],
    ...services.runtime,
  })

  /** Those that wait for this claim, and the one that it is made from. */
  function keysOfClaim(object: KubeObject): string[] {
    const { namespace = '' } = object.metadata
    const waiting = informers.volumeSnapshots
      .byIndex(bySource, keyOf(object))
      .filter(({ status }) => status?.readyToUse !== true)
      .map(keyOf)
    const source = snapshotNameIn(object)
    return source === undefined ? waiting : [...waiting, `${namespace}/${source}`]
  }
}

/** Contents: what is frozen goes before the object that names it. */
export function createVolumeSnapshotContentController(services: EngineServices): Controller {
  const { client, informers, volumes } = services

  async function reconcile(name: string): Promise<void> {
    const content = informers.volumeSnapshotContents.get(undefined, name)
    if (content === undefined || content.spec.driver !== localDriver) return
    const finalizers = content.metadata.finalizers ?? []
    if (!finalizers.includes(snapshotFinalizers.volumeSnapshotContent)) return
    const { namespace = '', name: named = '', uid } = content.spec.volumeSnapshotRef
    const snapshot = await unlessMissing(client.get(volumeSnapshots, { namespace, name: named }))
    const bound = snapshot !== undefined && snapshot.metadata.uid === uid
    if (content.metadata.deletionTimestamp === undefined) {
      const orphaned = !bound && content.spec.source.volumeHandle !== undefined
      if (orphaned && content.spec.deletionPolicy === 'Delete') {
        await unlessMissing(client.delete(volumeSnapshotContents, { name }))
      }
      return
    }
    // Protected until its VolumeSnapshot goes, too.
    if (bound && snapshot.metadata.deletionTimestamp === undefined) return
    const handle = handleOfContent(content)
    await services.snapshotTurns.take([handle], async () => {
      if (content.spec.deletionPolicy === 'Delete') await volumes.deleteSnapshot(handle)
      await unlessMissing(
        client.update(volumeSnapshotContents, {
          ...content,
          metadata: {
            ...content.metadata,
            finalizers: finalizers.filter((entry) => entry !== snapshotFinalizers.volumeSnapshotContent),
          },
        }),
      )
    })
  }

  return createController({
    name: 'volume-snapshot-contents',
    reconcile,
    watches: [
      { informer: informers.volumeSnapshotContents },
      {
        informer: informers.volumeSnapshots,
        keys: (snapshot) => [`snapcontent-${snapshot.metadata.uid ?? ''}`],
      },
    ],
    ...services.runtime,
  })
}

/** The VolumeSnapshot of its namespace that a claim is filled from. */
export function snapshotNameIn(object: KubeObject): string | undefined {
  const { dataSource, dataSourceRef } = (object as PersistentVolumeClaim).spec
  const source = dataSource ?? dataSourceRef
  return source?.['kind'] === 'VolumeSnapshot' && typeof source['name'] === 'string' ? source['name'] : undefined
}

function keysOfContent(object: KubeObject): string[] {
  const { namespace, name } = (object as VolumeSnapshotContent).spec.volumeSnapshotRef
  return namespace === undefined || name === undefined ? [] : [`${namespace}/${name}`]
}

function missing(message: string): EngineError {
  return new EngineError('MissingDependency', message)
}

/** What may be mended by waiting or by a person; the rest is tried again with back-off, and logged. */
function isExpected(error: unknown): boolean {
  return error instanceof EngineError || error instanceof DriverError || error instanceof ImagingError
}
