/**
 * The claim that keeps a machine's TPM and UEFI variables, as KubeVirt has it: in the machine's namespace, found by its label, gone with
 * the machine. It holds a folder instead of a disk.
 */

import { persistentStateLabel, virtualMachineInstances, type VirtualMachineInstance } from '@berth/api'
import type { Informer, PersistentVolumeClaim } from '@berth/kube'
import type { OwnerReference } from '@berth/meta'
import { contentAnnotation, stateContent } from '../../volumes/claim-content.ts'

/** A claim, or what a snapshot kept of one. */
interface Marked {
  metadata: {
    labels?: Record<string, string> | null
    annotations?: Record<string, string> | null
    ownerReferences?: readonly { kind: string }[] | null
  }
}

/** Whether a claim keeps the state of a machine. A DataVolume fills its claim with a disk, whatever its labels say. */
export function isStateClaim({ metadata }: Marked): boolean {
  const filled = (metadata.ownerReferences ?? []).some(({ kind }) => kind === 'DataVolume')
  const isMarked =
    metadata.labels?.[persistentStateLabel] !== undefined || metadata.annotations?.[contentAnnotation] === stateContent
  return isMarked && !filled
}

export function stateClaimOf(
  instance: Readonly<VirtualMachineInstance>,
  claims: Informer<PersistentVolumeClaim>,
): Readonly<PersistentVolumeClaim> | undefined {
  const { namespace, name } = instance.metadata
  return newestOf(
    claims
      .list()
      .filter(
        ({ metadata }) =>
          metadata.namespace === namespace &&
          metadata.labels?.[persistentStateLabel] === name &&
          metadata.deletionTimestamp === undefined &&
          mayUse(metadata.ownerReferences, instance),
      ),
  )
}

/** A restore that was given up in the middle may have left two. */
export function newestOf(
  claims: readonly Readonly<PersistentVolumeClaim>[],
): Readonly<PersistentVolumeClaim> | undefined {
  const time = ({ metadata }: Readonly<PersistentVolumeClaim>): string => metadata.creationTimestamp ?? ''
  return claims.toSorted((a, b) => time(b).localeCompare(time(a)))[0]
}

/** Not that of an earlier machine of the same name, which is about to go. One without an owner was put there by a person. */
function mayUse(owners: OwnerReference[] = [], instance: Readonly<VirtualMachineInstance>): boolean {
  const ours = new Set(ownersOf(instance).map(({ uid }) => uid))
  return owners.length === 0 || owners.some(({ uid }) => ours.has(uid))
}

/** The machine's owners; an instance of its own keeps its state as long as it lives. */
export function ownersOf({ metadata }: Readonly<VirtualMachineInstance>): OwnerReference[] {
  const { ownerReferences = [], name = '', uid = '' } = metadata
  if (ownerReferences.length > 0) return ownerReferences
  const { group, version, kind } = virtualMachineInstances
  return [{ apiVersion: `${group}/${version}`, kind, name, uid, controller: true, blockOwnerDeletion: true }]
}
