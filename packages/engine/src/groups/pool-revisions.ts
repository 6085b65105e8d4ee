/** The pool's specs of earlier generations, as long as a machine or an instance is made of one. */

import { poolRevisionName, type PoolSpec, type VirtualMachinePool } from '@berth/api'
import { controllerReferenceTo, StatusError, type JsonObject } from '@berth/meta'
import { controllerRevisions, type Client } from '@berth/kube'
import { isOwnedBy } from './ownership.ts'

export async function readPoolRevisions(
  pool: Readonly<VirtualMachinePool>,
  client: Client,
): Promise<Map<string, PoolSpec>> {
  const { namespace = '' } = pool.metadata
  const { items } = await client.list(controllerRevisions, { namespace })
  return new Map(
    items
      .filter((revision) => isOwnedBy(revision, pool))
      // Written below, from a spec that admission had accepted.
      .map((revision) => [revision.metadata.name ?? '', revision.data as unknown as PoolSpec]),
  )
}

/** @returns its name */
export async function recordPoolRevision(pool: Readonly<VirtualMachinePool>, client: Client): Promise<string> {
  const name = poolRevisionName(pool)
  try {
    await client.create(controllerRevisions, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name, namespace: pool.metadata.namespace ?? '', ownerReferences: [controllerReferenceTo(pool)] },
      // Through JSON, as the API carries it: a typed spec is a JSON object.
      data: structuredClone(pool.spec) as unknown as JsonObject,
      revision: pool.metadata.generation ?? 1,
    })
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
  }
  return name
}

export async function prunePoolRevisions(
  pool: Readonly<VirtualMachinePool>,
  { client, known, used }: { client: Client; known: Iterable<string>; used: ReadonlySet<string> },
): Promise<void> {
  const { namespace = '' } = pool.metadata
  for (const name of known) {
    if (used.has(name)) continue
    await client.delete(controllerRevisions, { namespace, name }).catch((error: unknown) => {
      if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
    })
  }
}
