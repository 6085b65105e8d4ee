/** The claim a DataVolume asks for. `pvc` is taken literally, `storage` is completed from the local class. */

import type { DataVolume } from '@berth/api'
import type { PersistentVolumeClaim } from '@berth/kube'
import { formatQuantity, quantityFromBytes } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { sourceSizeOf } from './sources/fill-source.ts'
import { localClass } from './storage-class.ts'

export async function claimSpecFor(
  dataVolume: Readonly<DataVolume>,
  services: EngineServices,
): Promise<PersistentVolumeClaim['spec']> {
  const { pvc, storage } = dataVolume.spec
  const asked = pvc ?? storage ?? {}
  const requests = asked.resources?.requests ?? {}
  const size = requests['storage'] ?? formatQuantity(quantityFromBytes(await sourceSizeOf(dataVolume, services)))
  return {
    accessModes: asked.accessModes ?? ['ReadWriteOnce'],
    volumeMode: asked.volumeMode ?? 'Filesystem',
    storageClassName: asked.storageClassName ?? localClass,
    resources: { ...asked.resources, requests: { ...requests, storage: size } },
  }
}
