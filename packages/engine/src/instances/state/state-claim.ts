/**
 * The claim that keeps a machine's TPM and UEFI variables, as KubeVirt has it: in the machine's namespace, found by its label, gone with
 * the machine. It holds a folder instead of a disk.
 */

import { createHash } from 'node:crypto'
import { keepsState, persistentStateLabel, virtualMachineInstances, type VirtualMachineInstance } from '@berth/api'
import { persistentVolumeClaims, type Informer, type PersistentVolumeClaim } from '@berth/kube'
import { StatusError, type OwnerReference } from '@berth/meta'
import type { EngineServices } from '../../services.ts'
import { localClass } from '../../volumes/storage-class.ts'
import type { MissingVolume } from '../volume-readiness.ts'

/** KubeVirt's size. It is what a quota counts; the files are smaller. */
const size = '10Mi'

/** Whether a claim keeps the state of a machine. A DataVolume fills its claim with a disk, whatever its labels say. */
export function isStateClaim({ metadata }: Readonly<PersistentVolumeClaim>): boolean {
  const filled = (metadata.ownerReferences ?? []).some(({ kind }) => kind === 'DataVolume')
  return metadata.labels?.[persistentStateLabel] !== undefined && !filled
}

export function stateClaimOf(
  instance: Readonly<VirtualMachineInstance>,
  claims: Informer<PersistentVolumeClaim>,
): Readonly<PersistentVolumeClaim> | undefined {
  const { namespace, name } = instance.metadata
  return claims
    .list()
    .find(
      ({ metadata }) =>
        metadata.namespace === namespace &&
        metadata.labels?.[persistentStateLabel] === name &&
        metadata.deletionTimestamp === undefined &&
        mayUse(metadata.ownerReferences, instance),
    )
}

/** Not that of an earlier machine of the same name, which is about to go. One without an owner was put there by a person. */
function mayUse(owners: OwnerReference[] = [], instance: Readonly<VirtualMachineInstance>): boolean {
  const ours = new Set(ownersOf(instance).map(({ uid }) => uid))
  return owners.length === 0 || owners.some(({ uid }) => ours.has(uid))
}

/** Makes the claim where it is needed, and removes one that is not any more; undefined when the machine can start. */
export async function prepareState(
  instance: Readonly<VirtualMachineInstance>,
  { client, informers }: EngineServices,
): Promise<MissingVolume | undefined> {
  const claim = stateClaimOf(instance, informers.claims)
  if (!keepsState(instance.spec)) {
    if (claim?.metadata.ownerReferences !== undefined) await removeClaim(claim)
    return undefined
  }
  if (claim?.status?.phase === 'Bound') return undefined
  if (claim === undefined) {
    try {
      await client.create(persistentVolumeClaims, claimFor(instance))
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      // The cache is behind; the next look sees it.
      if (error.code !== 'AlreadyExists')
        return { reason: 'FailedBackendStorageCreate', message: error.message, event: true }
    }
  }
  return { reason: 'BackendStorageNotReady', message: 'PVC pending', event: false }

  async function removeClaim({ metadata }: Readonly<PersistentVolumeClaim>): Promise<void> {
    try {
      await client.delete(persistentVolumeClaims, { namespace: metadata.namespace ?? '', name: metadata.name ?? '' })
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
    }
  }
}

/** The machine's owners; an instance of its own keeps its state as long as it lives. */
function ownersOf({ metadata }: Readonly<VirtualMachineInstance>): OwnerReference[] {
  const { ownerReferences = [], name = '', uid = '' } = metadata
  if (ownerReferences.length > 0) return ownerReferences
  const { group, version, kind } = virtualMachineInstances
  return [{ apiVersion: `${group}/${version}`, kind, name, uid, controller: true, blockOwnerDeletion: true }]
}

/** The name is made of the owner's identity, so that a reconcile that runs twice makes one claim. */
function claimFor(instance: Readonly<VirtualMachineInstance>): PersistentVolumeClaim {
  const { namespace = '', name = '' } = instance.metadata
  const ownerReferences = ownersOf(instance)
  const suffix = createHash('sha256')
    .update(ownerReferences.map(({ uid }) => uid).join())
    .digest('hex')
    .slice(0, 5)
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      namespace,
      name: `${persistentStateLabel}-${name}-${suffix}`,
      labels: { [persistentStateLabel]: name },
      ownerReferences,
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      storageClassName: localClass,
      volumeMode: 'Filesystem',
    },
  }
}
