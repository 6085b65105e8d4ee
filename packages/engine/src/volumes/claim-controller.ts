/** PersistentVolumeClaims of this host's classes get a volume; claims in use are kept. */

import { ImagingError } from '@berth/imaging'
import { StatusError } from '@berth/meta'
import {
  createController,
  parseKey,
  persistentVolumeClaims,
  persistentVolumes,
  referenceTo,
  type Controller,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
} from '@berth/kube'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { isStateClaim } from '../instances/state/state-claim.ts'
import { snapshotNameIn } from '../snapshots/volume-snapshot-controller.ts'
import { noRoomFor, roomRecheckMs } from './capacity.ts'
import { growClaim } from './claim-growth.ts'
import { claimProtection, provisionedBy, requestedBytes, volumeNameFor, volumeProtection } from './claim-volume.ts'
import { waitsForConsumer } from './sources/consumer.ts'
import { originOf } from './sources/fill-source.ts'
import { isFilledFromSource } from './sources/upload-target.ts'
import { localProvisioner, placementIn } from './storage-class.ts'

/** On a PersistentVolume: how its content is kept. */
const formatAnnotation = 'berth.dev/format'

export function createClaimController(services: EngineServices): Controller {
  const { client, informers, volumes, events } = services

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const claim = informers.claims.get(namespace, name)
    if (claim === undefined) return
    if (claim.metadata.deletionTimestamp !== undefined) return release(claim)
    const volume = volumeNameFor(claim)
    const trouble = await volumes.mend(volume)
    if (trouble !== undefined) {
      events.record(claim, { type: 'Warning', reason: 'VolumeOutOfService', message: trouble })
      return { requeueAfterMs: roomRecheckMs }
    }
    if (claim.status?.phase === 'Bound')
      return claim.spec.volumeName === volume
        ? growClaim(claim, services, { volume, wants: requestedBytes(claim) })
        : undefined
    const storageClass = informers.storageClasses.get(undefined, claim.spec.storageClassName ?? '')
    if (isStateClaim(claim)) {
      const trouble = await provisionState(claim, volume)
      if (trouble !== undefined) {
        events.record(claim, { type: 'Warning', reason: 'ProvisioningFailed', message: trouble })
        return { requeueAfterMs: roomRecheckMs }
      }
    } else if (storageClass?.provisioner !== localProvisioner) {
      return tellMissingClass(claim, storageClass)
    } else if (isFilledFromSource(claim)) {
      // Bound when the disk is whole.
      if (!(await volumes.exists(volume))) return
    } else if (!(await volumes.exists(volume))) {
      if (await waitsForConsumer(claim, services)) return tellWaiting(claim)
      const trouble = await provision(claim, storageClass, volume)
      if (trouble !== undefined) {
        events.record(claim, { type: 'Warning', reason: 'ProvisioningFailed', message: trouble })
        return { requeueAfterMs: roomRecheckMs }
      }
    }
    await bind(claim, volume, storageClass)
  }

  /** @returns what stands against it, for now */
  async function provisionState(claim: Readonly<PersistentVolumeClaim>, volume: string): Promise<string | undefined> {
    const { namespace = '' } = claim.metadata
    const name = snapshotNameIn(claim)
    try {
      const origin = name === undefined ? undefined : await originOf({ kind: 'snapshot', namespace, name }, services)
      await volumes.createState(volume, origin?.kind === 'snapshot' ? origin.handle : undefined)
      return undefined
    } catch (error) {
      if (error instanceof EngineError) return `${error.message}. ${error.remedy ?? ''}`.trim()
      throw error
    }
  }

  /** @returns what stands against it, for now */
  async function provision(
    claim: Readonly<PersistentVolumeClaim>,
    storageClass: Readonly<StorageClass>,
    volume: string,
  ): Promise<string | undefined> {
    const placement = placementIn(storageClass, claim)
    const sizeBytes = requestedBytes(claim)
    const noRoom = await noRoomFor(services, { storage: placement.storage, bytes: sizeBytes, what: 'the volume' })
    if (noRoom !== undefined) return noRoom
    try {
      await volumes.create(volume, { ...placement, sizeBytes })
      return undefined
    } catch (error) {
      if (error instanceof EngineError) return `${error.message}. ${error.remedy ?? ''}`.trim()
      if (error instanceof ImagingError && error.code === 'NoSpace')
        return `storage "${placement.storage}" is full. Remove volumes or snapshots; it is tried again by itself.`
      throw error
    }
  }

  function tellMissingClass(claim: Readonly<PersistentVolumeClaim>, found: Readonly<StorageClass> | undefined): void {
    const name = claim.spec.storageClassName ?? ''
    // Another provisioner's claims are that one's business.
    if (found !== undefined) return
    const message =
      name === ''
        ? 'no persistent volumes available for this claim and no storage class is set'
        : `storageclass.storage.k8s.io "${name}" not found`
    events.record(claim, { type: 'Warning', reason: 'ProvisioningFailed', message })
  }

  function tellWaiting(claim: Readonly<PersistentVolumeClaim>): void {
    events.record(claim, {
      type: 'Normal',
      reason: 'WaitForFirstConsumer',
      message: 'waiting for first consumer to be created before binding',
    })
  }

  async function bind(
    claim: Readonly<PersistentVolumeClaim>,
    volume: string,
    storageClass: Readonly<StorageClass> | undefined,
  ): Promise<void> {
    if (informers.volumes.get(undefined, volume) === undefined) {
      const format = isStateClaim(claim) ? 'files' : (await volumes.images(volume)).format
      const wanted = persistentVolumeFor(claim, { volume, storageClass, format, folder: volumes.folder(volume) })
      const created = await client.create(persistentVolumes, wanted).catch((error: unknown) => {
        if (error instanceof StatusError && error.code === 'AlreadyExists') return undefined
        throw error
      })
      if (created !== undefined)
        await client.updateStatus(persistentVolumes, { ...created, status: { phase: 'Bound' } })
    }
    const bound =
      claim.spec.volumeName === volume
        ? claim
        : await client.update(persistentVolumeClaims, {
            ...claim,
            metadata: {
              ...claim.metadata,
              annotations: {
                ...claim.metadata.annotations,
                'pv.kubernetes.io/bind-completed': 'yes',
                'pv.kubernetes.io/bound-by-controller': 'yes',
                'volume.kubernetes.io/storage-provisioner': localProvisioner,
              },
            },
            spec: { ...claim.spec, volumeName: volume },
          })
    await client.updateStatus(persistentVolumeClaims, {
      ...bound,
      status: {
        phase: 'Bound',
        accessModes: claim.spec.accessModes ?? [],
        capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
      },
    })
  }

  async function release(claim: Readonly<PersistentVolumeClaim>): Promise<void> {
    const finalizers = claim.metadata.finalizers ?? []
    if (!finalizers.includes(claimProtection) || services.usersOfClaim(claim).length > 0) return
    // A disk with no PersistentVolume yet has nobody else who would remove it.
    if (claim.spec.volumeName === undefined && !(await hasVolume(volumeNameFor(claim))))
      await volumes.remove(volumeNameFor(claim))
    await client.update(persistentVolumeClaims, {
      ...claim,
      metadata: { ...claim.metadata, finalizers: finalizers.filter((entry) => entry !== claimProtection) },
    })
  }

  async function hasVolume(name: string): Promise<boolean> {
    try {
      await client.get(persistentVolumes, { name })
      return true
    } catch (error) {
      if (error instanceof StatusError && error.code === 'NotFound') return false
      throw error
    }
  }

  return createController({
    name: 'claims',
    reconcile,
    watches: [
      { informer: informers.claims },
      // A machine that ends may free a claim that waits to be deleted or to grow; one that is there, a claim that waits for a user.
      { informer: informers.instances, keys: (instance) => services.claimKeysOf(instance) },
      {
        informer: informers.storageClasses,
        keys: ({ metadata }) =>
          informers.claims
            .list()
            .filter(({ spec, status }) => spec.storageClassName === metadata.name && status?.phase !== 'Bound')
            .map((claim) => `${claim.metadata.namespace ?? ''}/${claim.metadata.name ?? ''}`),
      },
    ],
    ...services.runtime,
  })
}

function persistentVolumeFor(
  claim: Readonly<PersistentVolumeClaim>,
  {
    volume,
    storageClass,
    format,
    folder,
  }: { volume: string; storageClass: Readonly<StorageClass> | undefined; format: string; folder: string },
): PersistentVolume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volume,
      annotations: { [provisionedBy]: localProvisioner, [formatAnnotation]: format },
      finalizers: [volumeProtection],
    },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
      accessModes: claim.spec.accessModes ?? [],
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      claimRef: referenceTo(claim),
      ...(claim.spec.storageClassName === undefined ? {} : { storageClassName: claim.spec.storageClassName }),
      persistentVolumeReclaimPolicy: storageClass?.reclaimPolicy ?? 'Delete',
      hostPath: { path: folder },
    },
  }
}
