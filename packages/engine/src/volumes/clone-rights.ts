/** Copying a volume reads it: who makes a disk from something of another namespace must be allowed to, as with CDI. */

import { dataSources, type DataSource, type DataVolumeSpec, type NamedSource } from '@berth/api'
import type { Client } from '@berth/kube'
import { StatusError, unlessMissing } from '@berth/meta'
import { isAllowed, type Person } from '../resources/access-review.ts'
import { imageNamespace } from './image-publisher.ts'
import { resolveDataSource } from './sources/data-source.ts'

/**
 * @param namespace of the new disks
 * @throws {StatusError} Forbidden
 */
export async function requireCloneRights(
  client: Client,
  user: Person,
  { namespace, disks }: { namespace: string; disks: readonly Pick<DataVolumeSpec, 'source' | 'sourceRef'>[] },
): Promise<void> {
  for (const { source, sourceRef } of disks) {
    const found = source?.pvc ?? source?.snapshot ?? (await publishedSource(client, namespace, sourceRef))
    if (found !== undefined) await requireOne(client, user, { namespace, source: found })
  }
}

/**
 * Who points a DataSource at something lets others copy it, also later: so they must be allowed to copy it themselves. That way
 * nothing is gained by pointing it elsewhere after somebody's disk was let through.
 * @throws {StatusError} Forbidden
 */
export async function requireSourceRights(client: Client, user: Person, object: Readonly<DataSource>): Promise<void> {
  const { namespace = '' } = object.metadata
  const { pvc, snapshot } = object.spec.source
  const named = pvc ?? snapshot
  if (named === undefined) return
  const source = { namespace: named.namespace ?? namespace, name: named.name ?? '' }
  await requireOne(client, user, { namespace, source })
}

async function publishedSource(
  client: Client,
  namespace: string,
  reference: DataVolumeSpec['sourceRef'],
): Promise<NamedSource | undefined> {
  if (reference === undefined) return undefined
  const target = { namespace: reference.namespace ?? namespace, name: reference.name }
  const object = await unlessMissing(client.get(dataSources, target))
  const end = object === undefined ? undefined : await resolveDataSource(client, object)
  if (end?.kind === 'claim' || end?.kind === 'snapshot') return { namespace: end.namespace, name: end.name }
  // Images of this host are for everybody; what is not there yet may become anything.
  return target.namespace === imageNamespace ? undefined : target
}

async function requireOne(
  client: Client,
  user: Person,
  { namespace, source }: { namespace: string; source: NamedSource },
): Promise<void> {
  if (source.namespace === namespace) return
  if (await mayClone(client, user, source)) return
  throw new StatusError(
    'Forbidden',
    `User ${user.name} has insufficient permissions in clone source namespace ${source.namespace}`,
  )
}

/** As CDI asks: whether the person may make disks from this one. */
export function mayClone(client: Client, user: Person, { namespace, name }: NamedSource): Promise<boolean> {
  return isAllowed(client, user, {
    verb: 'create',
    group: 'cdi.kubevirt.io',
    resource: 'datavolumes',
    subresource: 'source',
    namespace,
    name,
  })
}
