/**
 * The claim a DataVolume asks for. `pvc` is taken literally; what `storage` leaves open comes from the default class and from the
 * StorageProfile of the class.
 */

import type { ClaimPropertySet, DataVolume } from '@berth/api'
import type { PersistentVolumeClaim, StorageClass } from '@berth/kube'
import { formatQuantity, quantityFromBytes } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { sourceSizeOf } from './sources/fill-source.ts'
import { defaultClassAnnotation, defaultVirtClassAnnotation, localClass } from './storage-class.ts'

const lastResort: ClaimPropertySet = { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' }

/** @throws {EngineError} ImportRefused, MissingDependency when the size is that of a source which is not there */
export async function claimSpecFor(
  dataVolume: Readonly<DataVolume>,
  services: EngineServices,
): Promise<PersistentVolumeClaim['spec']> {
  const { pvc, storage } = dataVolume.spec
  const asked = pvc ?? storage ?? {}
  const requests = asked.resources?.requests ?? {}
  const size = requests['storage'] ?? formatQuantity(quantityFromBytes(await sourceSizeOf(dataVolume, services)))
  const classes = services.informers.storageClasses.list()
  const storageClassName = asked.storageClassName ?? defaultClassOf(classes, storage !== undefined) ?? localClass
  const sets = services.informers.storageProfiles.get(undefined, storageClassName)?.status?.claimPropertySets ?? []
  const chosen = (storage === undefined ? undefined : setFor(asked, sets)) ?? lastResort
  return {
    accessModes: asked.accessModes ?? chosen.accessModes,
    volumeMode: asked.volumeMode ?? chosen.volumeMode,
    storageClassName,
    resources: { ...asked.resources, requests: { ...requests, storage: size } },
  }
}

/** For machines first; of several the newest, as Kubernetes takes it. */
function defaultClassOf(classes: readonly Readonly<StorageClass>[], forMachines: boolean): string | undefined {
  for (const annotation of forMachines
    ? [defaultVirtClassAnnotation, defaultClassAnnotation]
    : [defaultClassAnnotation]) {
    const [newest] = classes
      .filter(({ metadata }) => metadata.annotations?.[annotation] === 'true')
      .toSorted((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))
    if (newest !== undefined) return newest.metadata.name
  }
  return undefined
}

/** The first one that goes with what is asked for. */
function setFor(
  { accessModes, volumeMode }: { accessModes?: readonly string[]; volumeMode?: string },
  sets: readonly ClaimPropertySet[],
): ClaimPropertySet | undefined {
  return sets.find(
    (set) =>
      (volumeMode === undefined || set.volumeMode === volumeMode) &&
      (accessModes === undefined || set.accessModes.some((mode) => accessModes.includes(mode))),
  )
}
