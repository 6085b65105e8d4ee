/** Disks and snapshots as people ask for them. */

import type { DataVolume, DataVolumeSpec, VolumeSnapshot } from '@berth/api'
import type { Shown } from './follow.ts'

const namespace = 'default'

export const dataVolumePath = `/apis/cdi.kubevirt.io/v1beta1/namespaces/${namespace}/datavolumes`
export const volumeSnapshotPath = `/apis/snapshot.storage.k8s.io/v1/namespaces/${namespace}/volumesnapshots`
export const uploadTokenPath = `/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/${namespace}/uploadtokenrequests`

/** @param size as a quantity; that of the source when absent */
export function dataVolume(name: string, source: DataVolumeSpec['source'], size?: string): DataVolume {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name, namespace },
    spec: {
      ...(source === undefined ? {} : { source }),
      storage: size === undefined ? {} : { resources: { requests: { storage: size } } },
    },
  }
}

export const copyOf = (claim: string): DataVolumeSpec['source'] => ({ pvc: { name: claim, namespace } })

export function volumeSnapshot(name: string, claim: string): VolumeSnapshot {
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: { name, namespace },
    spec: { source: { persistentVolumeClaimName: claim } },
  }
}

export function isFilled({ metadata, status }: Shown): boolean {
  if (status?.['phase'] === 'Failed')
    throw new Error(`DataVolume ${metadata.name ?? ''} failed: ${JSON.stringify(status['conditions'])}`)
  return status?.['phase'] === 'Succeeded'
}

export const isReady = ({ status }: Shown): boolean => status?.['readyToUse'] === true
