/** Which claims can be frozen, and by which class. */

import {
  snapshotClaims,
  snapshotClassFor,
  type ClassLookups,
  type VirtualMachine,
  type Volume,
  keepsState,
  persistentStateLabel,
  stateVolumeName,
} from '@berth/api'
import type { PersistentVolumeClaim } from '@berth/kube'
import { newestOf } from '../instances/state/state-claim.ts'
import type { EngineServices, Informers } from '../services.ts'
import { keepsFiles } from '../volumes/claim-content.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'

type Services = Pick<EngineServices, 'informers' | 'volumes' | 'usersOfClaim'>

/** For the claims of one namespace. */
export function classLookups(services: Services, namespace: string | undefined): ClassLookups {
  const { informers } = services
  return {
    storageClassOf: (claim) => informers.claims.get(namespace, claim)?.spec.storageClassName,
    provisionerOf: (name) => informers.storageClasses.get(undefined, name)?.provisioner,
    profileClassOf: (name) => informers.storageProfiles.get(undefined, name)?.status?.snapshotClass,
    snapshotClasses: informers.volumeSnapshotClasses.list(),
    problemOf: (claim) => problemOf(services, informers.claims.get(namespace, claim)),
  }
}

/** Why nothing of this claim is frozen, although its class could. */
function problemOf(services: Services, claim: Readonly<PersistentVolumeClaim> | undefined): string | undefined {
  if (claim === undefined) return undefined
  if (keepsFiles(claim)) return 'Snapshots hold disks, and this claim keeps files'
  return isSharedNow(services, claim)
    ? 'Machines that run share this disk: a snapshot holds it only when all of them are off'
    : undefined
}

/** Its machines write to one image, which has no layers, so that nothing of it can be frozen while they do. */
export function isSharedNow({ volumes, usersOfClaim }: Services, claim: Readonly<PersistentVolumeClaim>): boolean {
  return volumes.isShared(volumeNameFor(claim)) && usersOfClaim(claim).length > 0
}

/** The class that snapshots of a claim get; undefined when it is not to be in a snapshot of its machine. */
export function classOfClaim(services: Services, claim: Readonly<PersistentVolumeClaim>): string | undefined {
  if (claim.status?.phase !== 'Bound' || problemOf(services, claim) !== undefined) return undefined
  return classFor(services, claim)
}

/** The same, whatever stands against a snapshot of it. */
export function classFor(services: Services, { metadata, spec }: Readonly<PersistentVolumeClaim>): string | undefined {
  if (spec.storageClassName === undefined) return undefined
  return snapshotClassFor(spec.storageClassName, classLookups(services, metadata.namespace))
}

/** The claim with what a machine keeps beside its disks, as if it were one of its volumes. */
export function stateVolumes({ metadata, spec }: Readonly<VirtualMachine>, claims: Informers['claims']): Volume[] {
  if (!keepsState(spec.template.spec)) return []
  const claim = newestOf(
    claims
      .list()
      .filter(
        (each) =>
          each.metadata.namespace === metadata.namespace &&
          each.metadata.labels?.[persistentStateLabel] === metadata.name &&
          each.metadata.deletionTimestamp === undefined,
      ),
  )
  if (claim === undefined) return []
  const claimName = claim.metadata.name ?? ''
  return [{ name: stateVolumeName(metadata.name ?? ''), persistentVolumeClaim: { claimName } }]
}

/** What a snapshot of the machine freezes; of one that never started there is no state yet. */
export function claimsToFreeze(machine: Readonly<VirtualMachine>, claims: Informers['claims']) {
  return snapshotClaims([...(machine.spec.template.spec.volumes ?? []), ...stateVolumes(machine, claims)])
}
