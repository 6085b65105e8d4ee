/** Of which volumes of a machine snapshots can be taken, and why not of the others. Source: KubeVirt's snapshot controller. */

import type { VirtualMachine } from '../types/machine.ts'
import type { Volume } from '../types/volume.ts'
import type { VolumeSnapshotClass } from '../types/volume-snapshot.ts'

export const defaultSnapshotClassAnnotation = 'snapshot.storage.kubernetes.io/is-default-class'

export interface VolumeSnapshotAbility {
  name: string
  enabled: boolean
  reason?: string
}

/** Other sources last for a run only, or are made anew from something else. */
export function isSnapshottable(volume: Volume): boolean {
  return snapshotClaimOf(volume) !== undefined
}

/** The claim that a snapshot of this volume freezes. */
export function snapshotClaimOf(volume: Volume): string | undefined {
  return volume.persistentVolumeClaim?.claimName ?? volume.dataVolume?.name ?? volume.memoryDump?.claimName
}

export interface ClassLookups {
  /** The storage class of a claim; undefined when there is no such claim. */
  storageClassOf(this: void, claim: string): string | undefined
  /** undefined when there is no such class. */
  provisionerOf(this: void, storageClass: string): string | undefined
  snapshotClasses: readonly Readonly<VolumeSnapshotClass>[]
  /** What the profile of a storage class chooses. */
  profileClassOf?(this: void, storageClass: string): string | undefined
  /** Why a claim cannot be frozen although its class can. */
  problemOf?(this: void, claim: string): string | undefined
}

/** The class that snapshots of a storage class get, as KubeVirt chooses it; undefined where there is none. Throws for several. */
export function snapshotClassFor(
  storageClass: string,
  { provisionerOf, profileClassOf, snapshotClasses }: Omit<ClassLookups, 'storageClassOf' | 'problemOf'>,
): string | undefined {
  const chosenByProfile = profileClassOf?.(storageClass) ?? ''
  if (chosenByProfile !== '') {
    return snapshotClasses.find(({ metadata }) => metadata.name === chosenByProfile)?.metadata.name
  }
  const provisioner = provisionerOf(storageClass)
  const matches = snapshotClasses.filter(({ driver }) => driver === provisioner)
  if (matches.length <= 1) return matches[0]?.metadata.name
  const chosen = matches.find(({ metadata }) => defaultSnapshotClassAnnotation in (metadata.annotations ?? {}))
  if (chosen === undefined) throw new Error(`${matches.length} matching VolumeSnapshotClasses for ${storageClass}`)
  return chosen.metadata.name
}

/** @param extra volumes that are not in the template: the state that a machine keeps */
export function volumeSnapshotAbilities(
  { spec }: Readonly<VirtualMachine>,
  lookups: ClassLookups,
  extra: readonly Volume[] = [],
): VolumeSnapshotAbility[] {
  return [...(spec.template.spec.volumes ?? []), ...extra].map((volume) => abilityOf(volume, lookups))
}

function abilityOf(volume: Volume, lookups: ClassLookups): VolumeSnapshotAbility {
  const { name } = volume
  const no = (reason: string): VolumeSnapshotAbility => ({ name, enabled: false, reason })
  const claim = snapshotClaimOf(volume)
  if (claim === undefined) return no(`Snapshot is not supported for this volumeSource type [${name}]`)
  const storageClass = lookups.storageClassOf(claim)
  if (storageClass === undefined) return no('PVC not found')
  const problem = lookups.problemOf?.(claim)
  if (problem !== undefined) return no(problem)
  try {
    if (snapshotClassFor(storageClass, lookups) !== undefined) return { name, enabled: true }
  } catch (error) {
    return no(error instanceof Error ? error.message : String(error))
  }
  return no(
    `No VolumeSnapshotClass: Volume snapshots are not configured for this StorageClass [${storageClass}] [${name}]`,
  )
}
