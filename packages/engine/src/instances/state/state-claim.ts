/**
 * The claim that keeps a machine's TPM and UEFI variables, as KubeVirt has it: in the machine's namespace, found by its label, gone with
 * the machine. It holds a folder instead of a disk.
 */

import { persistentStateLabel, virtualMachineInstances, type VirtualMachineInstance } from '@berth/api'
import type { Informer, PersistentVolumeClaim } from '@berth/kube'
import type { OwnerReference } from '@berth/meta'

/** Whether a claim keeps the state of a machine. A DataVolume fills its claim with a disk, whatever its labels say. */
export function isStateClaim({ metadata }: Readonly<PersistentVolumeClaim>): boolean {
  const filled = (metadata.ownerReferences ?? []).some(({ kind }) => kind === 'DataVolume')
  return metadata.labels?.[persistentStateLabel] !== undefined && !filled
}

export function stateClaimOf(
  instance: Readonly<VirtualMachineInstance>,
  claims: Informer<PersistentVolumeClaim>,
): Readonly<PersistentVolumeClaim> | undefined {
  const { namespace, name } = instance.metadata
  return claims
    .list()
    .find(
      ({ metadata }) =>
        metadata.namespace === namespace &&
        metadata.labels?.[persistentStateLabel] === name &&
        metadata.deletionTimestamp === undefined &&
        mayUse(metadata.ownerReferences, instance),
    )
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
