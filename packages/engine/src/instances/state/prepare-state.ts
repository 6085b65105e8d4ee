/** Gives a machine the claim that keeps its state, before it is started. */

import { createHash } from 'node:crypto'
import { keepsState, persistentStateLabel, type VirtualMachineInstance } from '@berth/api'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { StatusError } from '@berth/meta'
import type { EngineServices } from '../../services.ts'
import { localClass } from '../../volumes/storage-class.ts'
import type { MissingVolume } from '../volume-readiness.ts'
import { ownersOf, stateClaimOf } from './state-claim.ts'

/** KubeVirt's size. It is what a quota counts; the files are smaller. */
const size = '10Mi'

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
