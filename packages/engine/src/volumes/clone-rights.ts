/** Copying a volume reads it: who makes a disk from a claim of another namespace must be allowed to, as with CDI. */

import type { DataVolumeSpec } from '@berth/api'
import type { Client } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { isAllowed, type Person } from '../resources/access-review.ts'

/**
 * @param namespace of the new disks
 * @throws {StatusError} Forbidden
 */
export async function requireCloneRights(
  client: Client,
  user: Person,
  { namespace, disks }: { namespace: string; disks: readonly Pick<DataVolumeSpec, 'source'>[] },
): Promise<void> {
  for (const { source } of disks) {
    const claim = source?.pvc
    if (claim === undefined || claim.namespace === namespace) continue
    const allowed = await isAllowed(client, user, {
      verb: 'create',
      group: 'cdi.kubevirt.io',
      resource: 'datavolumes',
      subresource: 'source',
      namespace: claim.namespace,
      name: claim.name,
    })
    if (allowed) continue
    throw new StatusError(
      'Forbidden',
      `User ${user.name} has insufficient permissions in clone source namespace ${claim.namespace}`,
    )
  }
}
