/** Where inference looks: the API itself. */

import { dataSources, dataVolumes, type InferenceLookups } from '@berth/api'
import { persistentVolumeClaims, type Client } from '@berth/kube'
import { resource, StatusError, type KubeObject } from '@berth/meta'

/** Served only where snapshots are; elsewhere none is found. */
const volumeSnapshots = resource<KubeObject>({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  resource: 'volumesnapshots',
  kind: 'VolumeSnapshot',
  namespaced: true,
})

export function inferenceLookups(client: Client): InferenceLookups {
  return {
    claim: (namespace, name) => unlessMissing(client.get(persistentVolumeClaims, { namespace, name })),
    dataVolume: (namespace, name) => unlessMissing(client.get(dataVolumes, { namespace, name })),
    dataSource: (namespace, name) => unlessMissing(client.get(dataSources, { namespace, name })),
    volumeSnapshot: (namespace, name) => unlessMissing(client.get(volumeSnapshots, { namespace, name })),
  }
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof StatusError && error.code === 'NotFound') return undefined
    throw error
  }
}
