/** PersistentVolumeClaims of the local class get a qcow2 volume; claims in use are kept; released volumes are removed. */

import { quantityToBytes, StatusError } from '@berth/meta'
import {
  createController,
  parseKey,
  persistentVolumeClaims,
  persistentVolumes,
  referenceTo,
  type Controller,
  type PersistentVolume,
  type PersistentVolumeClaim,
} from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { isStateClaim } from '../instances/state/state-claim.ts'
import { localClass } from './storage-class.ts'

export const claimProtection = 'kubernetes.io/pvc-protection'
export const volumeProtection = 'kubernetes.io/pv-protection'

/** The volume a claim gets; fixed by its uid, so that a reconcile that runs twice makes one. */
export function volumeNameFor(claim: Readonly<PersistentVolumeClaim>): string {
  return `pvc-${claim.metadata.uid ?? ''}`
}

export function requestedBytes(claim: Readonly<PersistentVolumeClaim>): number {
  return quantityToBytes(claim.spec.resources?.requests?.['storage'] ?? '0')
}

export function createClaimController(services: EngineServices): Controller {
  const { client, informers, volumes, events } = services

  async function reconcile(key: string): Promise<void> {
    const { namespace, name } = parseKey(key)
    const claim = informers.claims.get(namespace, name)
    if (claim === undefined) return
    if (claim.metadata.deletionTimestamp !== undefined) return release(claim)
    if (!isLocal(claim)) return
    if (claim.status?.phase === 'Bound') return grow(claim)
    const volume = volumeNameFor(claim)
    // A DataVolume fills its claim first; the claim is bound when the disk is whole.
    if (isFilledByDataVolume(claim)) {
      if (!(await volumes.exists(volume))) return
    } else if (isStateClaim(claim)) {
      await volumes.createState(volume)
    } else {
      await volumes.create(volume, { sizeBytes: requestedBytes(claim) })
    }
    await bind(claim, volume)
  }

  async function bind(claim: Readonly<PersistentVolumeClaim>, volume: string): Promise<void> {
    if (informers.volumes.get(undefined, volume) === undefined) {
      const created = await client
        .create(persistentVolumes, persistentVolumeFor(claim, { volume, folder: volumes.folder(volume) }))
        .catch((error: unknown) => {
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

  /** A larger request grows the disk once no machine uses it. */
  async function grow(claim: Readonly<PersistentVolumeClaim>): Promise<void> {
    // From the claim's own identity: the name of a volume in its spec could be anybody's.
    const volume = volumeNameFor(claim)
    const has = quantityToBytes(claim.status?.capacity?.['storage'] ?? '0')
    const wants = requestedBytes(claim)
    // A folder takes what it needs.
    if (wants <= has || isStateClaim(claim)) return
    if (services.usersOfClaim(claim).length > 0) {
      events.record(claim, {
        type: 'Normal',
        reason: 'Resizing',
        message: `The disk grows to ${claim.spec.resources?.requests?.['storage'] ?? ''} when the machine that uses it has stopped.`,
      })
      return
    }
    await volumes.grow(volume, wants)
    await client.updateStatus(persistentVolumeClaims, {
      ...claim,
      status: { ...claim.status, capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' } },
    })
  }

  async function release(claim: Readonly<PersistentVolumeClaim>): Promise<void> {
    const finalizers = claim.metadata.finalizers ?? []
    if (!finalizers.includes(claimProtection) || services.usersOfClaim(claim).length > 0) return
    // A disk with no PersistentVolume yet has nobody else who would remove it.
    if (isLocal(claim) && claim.spec.volumeName === undefined && !(await hasVolume(volumeNameFor(claim))))
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
      // A machine that ends may free a claim that waits to be deleted or to grow.
      { informer: informers.instances, keys: (instance) => services.claimKeysOf(instance) },
    ],
    ...services.runtime,
  })
}

export function createVolumeController(services: EngineServices): Controller {
  const { client, informers, volumes } = services

  async function reconcile(name: string): Promise<void> {
    const volume = informers.volumes.get(undefined, name)
    if (volume === undefined || volume.spec.storageClassName !== localClass) return
    const { namespace, name: claimName = '', uid } = volume.spec.claimRef ?? {}
    const claim = informers.claims.get(namespace, claimName)
    if (claim !== undefined && claim.metadata.uid === uid) return
    const deleting = volume.metadata.deletionTimestamp !== undefined
    if (!deleting && volume.spec.persistentVolumeReclaimPolicy !== 'Delete') {
      if (volume.status?.phase !== 'Released') {
        await client.updateStatus(persistentVolumes, { ...volume, status: { phase: 'Released' } })
      }
      return
    }
    // Marked first, removed last: a crash in between leaves an object that says that its files must go.
    if (!deleting) await client.delete(persistentVolumes, { name })
    await volumes.remove(name)
    const current = await client.get(persistentVolumes, { name })
    await client.update(persistentVolumes, {
      ...current,
      metadata: {
        ...current.metadata,
        finalizers: (current.metadata.finalizers ?? []).filter((entry) => entry !== volumeProtection),
      },
    })
  }

  return createController({
    name: 'volumes',
    reconcile,
    watches: [
      { informer: informers.volumes },
      {
        informer: informers.claims,
        // Also of a claim that went before it was bound: its volume may be there already.
        keys: (claim) => (isClaim(claim) ? [claim.spec.volumeName ?? volumeNameFor(claim)] : []),
      },
    ],
    ...services.runtime,
  })
}

function isClaim(object: { kind: string }): object is PersistentVolumeClaim {
  return object.kind === 'PersistentVolumeClaim'
}

function isLocal(claim: Readonly<PersistentVolumeClaim>): boolean {
  return claim.spec.storageClassName === localClass
}

function isFilledByDataVolume(claim: Readonly<PersistentVolumeClaim>): boolean {
  return (claim.metadata.ownerReferences ?? []).some(
    (owner) => owner.kind === 'DataVolume' && owner.controller === true,
  )
}

function persistentVolumeFor(
  claim: Readonly<PersistentVolumeClaim>,
  { volume, folder }: { volume: string; folder: string },
): PersistentVolume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: volume,
      annotations: { 'pv.kubernetes.io/provisioned-by': 'local.berth.dev' },
      finalizers: [volumeProtection],
    },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
      accessModes: claim.spec.accessModes ?? [],
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      claimRef: referenceTo(claim),
      storageClassName: localClass,
      persistentVolumeReclaimPolicy: 'Delete',
      hostPath: { path: folder },
    },
  }
}
