/** The way of a volume into a running machine and out of it, step by step. Source: KubeVirt's volume status. */

import type { PersistentVolumeClaim } from '../types/core.ts'

export interface VolumeStep {
  phase: string
  reason: string
  message: string
}

export interface VolumeFacts {
  name: string
  claimName: string
  claim: Readonly<PersistentVolumeClaim> | undefined
  /** Its DataVolume is not done yet. */
  filling: boolean
  /** The phase its status has now. */
  phase: string | undefined
  /** The machine has the disk. */
  attached: boolean
}

/** Of a volume that its instance names. The disk is plugged in where the step is MountedToPod. */
export function attachStep(facts: VolumeFacts): VolumeStep {
  const { name, claimName, claim, filling, phase, attached } = facts
  if (attached) {
    const message = `Successfully attach hotplugged volume ${name} to VM`
    return { phase: 'Ready', reason: 'VolumeReady', message }
  }
  if (claim === undefined)
    return { phase: 'Pending', reason: 'FailedPvcNotFound', message: `PVC ${claimName} not found` }
  if (filling || claim.status?.phase !== 'Bound')
    return { phase: 'Pending', reason: 'PVCNotReady', message: 'PVC is in phase ClaimPending' }
  switch (phase) {
    case 'Bound':
      return {
        phase: 'AttachedToNode',
        reason: 'SuccessfulAttachVolume',
        message: `Volume ${name} is attached to the node`,
      }
    case 'AttachedToNode':
    case 'MountedToPod':
      return {
        phase: 'MountedToPod',
        reason: 'VolumeMountedToPod',
        message: `Volume ${name} has been mounted in virt-launcher pod`,
      }
    case undefined:
    default:
      return { phase: 'Bound', reason: 'PVCNotReady', message: 'PVC is in phase Bound' }
  }
}

/** Of a volume that its instance names no more; undefined once nothing is left to say of it. */
export function detachStep({
  name,
  phase,
  attached,
}: Pick<VolumeFacts, 'name' | 'phase' | 'attached'>): VolumeStep | undefined {
  if (attached)
    return { phase: 'Detaching', reason: 'VolumeDetaching', message: `Volume ${name} is being detached from the VM` }
  if (phase === 'UnMountedFromPod') return undefined
  return {
    phase: 'UnMountedFromPod',
    reason: 'VolumeUnMountedFromPod',
    message: `Volume ${name} has been unmounted from virt-launcher pod`,
  }
}
