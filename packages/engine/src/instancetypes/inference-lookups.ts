/**
 * Where inference looks: the API itself. The engine may read everything, who asks may not: what lies in another namespace is there only
 * for who may read it, or make disks from it.
 */

import { dataSources, dataVolumes, type InferenceLookups } from '@berth/api'
import type { UserInfo } from '@berth/apiserver'
import { persistentVolumeClaims, type Client } from '@berth/kube'
import { resource, unlessMissing, type KubeObject, type Resource } from '@berth/meta'
import { isAllowed, type Person } from '../resources/access-review.ts'
import { isEngine } from '../resources/who.ts'

/** Served only where snapshots are; elsewhere none is found. */
const volumeSnapshots = resource<KubeObject>({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  resource: 'volumesnapshots',
  kind: 'VolumeSnapshot',
  namespaced: true,
})

/** For whom is looked: one object per machine. */
export interface InferenceAsker {
  user: Pick<UserInfo, 'name' | 'groups'>
  /** The machine's. */
  namespace: string
}

export function inferenceLookups(client: Client, asker: InferenceAsker): InferenceLookups {
  /** An image that is published for others is so with what it is made of beside it. */
  const reached = new Set([asker.namespace])

  async function find<T extends KubeObject>(kind: Resource<T>, namespace: string, name: string) {
    if (!reached.has(namespace) && !(await mayUse(client, asker, { kind, namespace, name }))) return undefined
    const found = await unlessMissing(client.get(kind, { namespace, name }))
    if (found !== undefined && kind.resource === dataSources.resource) reached.add(namespace)
    return found
  }

  return {
    claim: (namespace, name) => find(persistentVolumeClaims, namespace, name),
    dataVolume: (namespace, name) => find(dataVolumes, namespace, name),
    dataSource: (namespace, name) => find(dataSources, namespace, name),
    volumeSnapshot: (namespace, name) => find(volumeSnapshots, namespace, name),
  }
}

interface Wanted {
  kind: Resource<KubeObject>
  namespace: string
  name: string
}

async function mayUse(client: Client, asker: InferenceAsker, { kind, namespace, name }: Wanted): Promise<boolean> {
  const { group, resource: plural } = kind
  const person = personOf(asker)
  // The second is CDI's: who may make disks from the volumes of a namespace.
  return (
    (await isAllowed(client, person, { namespace, verb: 'get', group, resource: plural, name })) ||
    (await isAllowed(client, person, {
      namespace,
      verb: 'create',
      group: dataVolumes.group,
      resource: dataVolumes.resource,
      subresource: 'source',
    }))
  )
}

/** What the engine makes of a pool is made for the namespace: as with CDI, its default service account has to be allowed. */
function personOf({ user, namespace }: InferenceAsker): Person {
  if (!isEngine(user)) return user
  const accounts = 'system:serviceaccounts'
  return {
    name: `system:serviceaccount:${namespace}:default`,
    groups: [accounts, `${accounts}:${namespace}`, 'system:authenticated'],
  }
}
