/** How much room a dump needs on its claim, and claims that are too small for it. */

import { memoryDumpBytes, type VirtualMachineInstance } from '@berth/api'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { formatQuantity, quantityFromBytes, quantityToBytes } from '@berth/meta'
import { guestMemoryBytes } from '../instances/guest-memory.ts'
import type { EngineServices } from '../services.ts'
import { requestedBytes } from '../volumes/claim-volume.ts'

/** By what the machine requests, which is less than its guest has, or nothing at all, where `memory.guest` says how much that is. */
export function requestedDumpBytes(instance: Readonly<VirtualMachineInstance>): number {
  return memoryDumpBytes(quantityToBytes(instance.spec.domain.resources?.requests?.['memory'] ?? '0'))
}

/**
 * Whether the dump fits on the claim; one that was made by the machine's requests grows first, where its class lets it.
 * @param claim bound
 * @returns `no` with the reason
 */
export async function roomOn(
  claim: Readonly<PersistentVolumeClaim>,
  instance: Readonly<VirtualMachineInstance>,
  { client, informers }: Pick<EngineServices, 'client' | 'informers'>,
): Promise<{ fits: 'yes' | 'later' } | { fits: 'no'; why: string }> {
  const { namespace = '', name = '' } = claim.metadata
  const needed = memoryDumpBytes(guestMemoryBytes(instance))
  if (capacityOf(claim) >= needed) return { fits: 'yes' }
  // It grows.
  if (requestedBytes(claim) >= needed) return { fits: 'later' }
  const storageClass = informers.storageClasses.get(undefined, claim.spec.storageClassName ?? '')
  if (requestedBytes(claim) !== requestedDumpBytes(instance) || storageClass?.allowVolumeExpansion !== true)
    return { fits: 'no', why: `pvc size [${capacityOf(claim)}] should be bigger then [${needed}]` }
  const storage = formatQuantity(quantityFromBytes(needed))
  const patch = { spec: { resources: { requests: { storage } } } }
  await client.patch(persistentVolumeClaims, { namespace, name }, { type: 'merge', patch })
  return { fits: 'later' }
}

export function capacityOf(claim: Readonly<PersistentVolumeClaim>): number {
  return quantityToBytes(claim.status?.capacity?.['storage'] ?? '0')
}
