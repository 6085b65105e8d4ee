/** Released PersistentVolumes of this host go with their files, or stay for somebody to look at, as their reclaim policy says. */

import { createController, persistentVolumes, type Controller, type PersistentVolumeClaim } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { provisionedBy, volumeNameFor, volumeProtection } from './claim-volume.ts'
import { localProvisioner } from './storage-class.ts'

export function createVolumeController(services: EngineServices): Controller {
  const { client, informers, volumes } = services

  async function reconcile(name: string): Promise<void> {
    const volume = informers.volumes.get(undefined, name)
    if (volume?.metadata.annotations?.[provisionedBy] !== localProvisioner) return
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
