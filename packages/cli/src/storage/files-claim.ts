/** A claim that keeps files, for what is written beside the disks of a machine. */

import { persistentVolumeClaims, type Client } from '@berth/kube'
import { getOrNothing } from '../machines/find.ts'

const MiB = 1024 * 1024
/** Of a file system on the claim. */
const fileSystemOverhead = 0.06

/**
 * Makes it where it is missing.
 * @param wish.bytes room for files
 * @returns whether it was made
 */
export async function ensureFilesClaim(
  client: Client,
  wish: { namespace: string; claim: string; bytes: number; className: string | undefined },
): Promise<boolean> {
  const { namespace, claim, className } = wish
  const there = await getOrNothing(client, persistentVolumeClaims, { namespace, name: claim })
  if (there !== undefined) return false
  const size = Math.ceil(wish.bytes / (1 - fileSystemOverhead) / MiB)
  await client.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claim, namespace, labels: { 'cdi.kubevirt.io/applyStorageProfile': 'true' } },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: `${size}Mi` } },
      ...(className === undefined ? {} : { storageClassName: className }),
    },
  })
  return true
}
