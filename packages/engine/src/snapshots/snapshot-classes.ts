/** Which claims can be frozen, and by which class. */

import {
  snapshotClassFor,
  type ClassLookups,
  type VirtualMachine,
  type Volume,
  keepsState,
  persistentStateLabel,
  stateVolumeName,
} from '@berth/api'
import type { PersistentVolumeClaim } from '@berth/kube'
import { isStateClaim } from '../instances/state/state-claim.ts'
import type { EngineServices, Informers } from '../services.ts'
import { keepsFiles } from '../volumes/claim-content.ts'

type Services = Pick<EngineServices, 'informers'>

/** For the claims of one namespace. */
export function classLookups({ informers }: Services, namespace: string | undefined): ClassLookups {
  return {
    storageClassOf: (claim) => informers.claims.get(namespace, claim)?.spec.storageClassName,
    provisionerOf: (name) => informers.storageClasses.get(undefined, name)?.provisioner,
    profileClassOf: (name) => informers.storageProfiles.get(undefined, name)?.status?.snapshotClass,
    snapshotClasses: informers.volumeSnapshotClasses.list(),
    problemOf: (claim) => problemOf(informers.claims.get(namespace, claim)),
  }
}

/** Why nothing of this claim is frozen, although its class could. */
function problemOf(claim: Readonly<PersistentVolumeClaim> | undefined): string | undefined {
  if (claim === undefined) return undefined
  if (isStateClaim(claim))
    return 'Snapshots do not hold the TPM and the UEFI variables of a machine: they stay as they are'
  return keepsFiles(claim) ? 'Snapshots hold disks, and this claim keeps files' : undefined
}

/** The class that snapshots of a claim get; undefined when it is not to be in a snapshot of its machine. */
export function classOfClaim(services: Services, claim: Readonly<PersistentVolumeClaim>): string | undefined {
  const { storageClassName } = claim.spec
  if (storageClassName === undefined || claim.status?.phase !== 'Bound' || problemOf(claim) !== undefined)
    return undefined
  return snapshotClassFor(storageClassName, classLookups(services, claim.metadata.namespace))
}

/** The claim with what a machine keeps beside its disks, as if it were one of its volumes. */
export function stateVolumes({ metadata, spec }: Readonly<VirtualMachine>, claims: Informers['claims']): Volume[] {
  if (!keepsState(spec.template.spec)) return []
  return claims
    .list()
    .filter(
      (claim) =>
        claim.metadata.namespace === metadata.namespace &&
        claim.metadata.labels?.[persistentStateLabel] === metadata.name &&
        claim.metadata.deletionTimestamp === undefined,
    )
    .slice(0, 1)
    .map((claim) => ({
      name: stateVolumeName(metadata.name ?? ''),
      persistentVolumeClaim: { claimName: claim.metadata.name ?? '' },
    }))
}
