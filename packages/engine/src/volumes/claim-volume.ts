/** What a claim and its volume are called, and how large. Pure. */

import type { PersistentVolumeClaim } from '@berth/kube'
import { quantityToBytes } from '@berth/meta'

export const claimProtection = 'kubernetes.io/pvc-protection'
export const volumeProtection = 'kubernetes.io/pv-protection'
export const provisionedBy = 'pv.kubernetes.io/provisioned-by'

/** The volume a claim gets; fixed by its uid, so that a reconcile that runs twice makes one. */
export function volumeNameFor(claim: Readonly<PersistentVolumeClaim>): string {
  return `pvc-${claim.metadata.uid ?? ''}`
}

/** An image has tables beside its data, and may keep snapshots: more than a quarter above the claim's disk is no image of that disk. */
export function mostImageBytes(claim: Readonly<PersistentVolumeClaim>): number {
  return Math.ceil(requestedBytes(claim) * 1.25) + 256 * 1024 ** 2
}

export function requestedBytes(claim: Readonly<PersistentVolumeClaim>): number {
  return quantityToBytes(claim.spec.resources?.requests?.['storage'] ?? '0')
}
