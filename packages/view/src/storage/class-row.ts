/** A storage class as a row: what is free, what was promised, what it can do. */

import { createdOf, fewLabels } from '../rows/machine-row.ts'
import { bytesOf } from '../rows/size.ts'
import type { ClaimObject } from '../rows/slim.ts'
import type { CapacityObject, StorageClassObject, StorageProfileObject } from './storage-objects.ts'
import { storageKey, type ClassRow } from './storage-row.ts'

export interface ClassParts {
  cluster: string
  class: StorageClassObject
  profile: StorageProfileObject | undefined
  /** Of this class. */
  capacities: readonly CapacityObject[]
  /** Of this class, as far as its reader may see them. */
  claims: readonly ClaimObject[]
}

const defaultAnnotation = 'storageclass.kubernetes.io/is-default-class'
const virtDefaultAnnotation = 'storageclass.kubevirt.io/is-default-virt-class'
/** What the engine says of the storage below a class, on its capacity: bytes of everything there, whatever class it is of. */
const storageAnnotations = {
  total: 'storage.berth.dev/total-bytes',
  provisioned: 'storage.berth.dev/provisioned-bytes',
  allocated: 'storage.berth.dev/allocated-bytes',
} as const
/** Why nothing can be done in it, and what to do. */
const troubleAnnotation = 'storage.berth.dev/trouble'
/** Less than this part free: somebody should know. */
const nearlyFull = 0.1

export function classRow({ cluster, class: of, profile, capacities, claims }: ClassParts): ClassRow {
  const { name = '', uid = '', labels = {}, annotations = {}, creationTimestamp } = of.metadata
  const free = sumOf(capacities.map(({ capacity }) => bytesOf(capacity)))
  const told = (name: keyof typeof storageAnnotations): number | undefined =>
    sumOf(capacities.map(({ metadata }) => bytesOf(metadata.annotations?.[storageAnnotations[name]])))
  const total = told('total')
  const allocated = told('allocated')
  const promised = told('provisioned')
  const provisioned = claims.reduce((sum, claim) => sum + (sizeOf(claim) ?? 0), 0)
  const full = free !== undefined && (free === 0 || (total !== undefined && total > 0 && free / total < nearlyFull))
  // What volumes may grow into: what they have, and what is free.
  const room = free === undefined || allocated === undefined ? undefined : free + allocated
  const commitment = room === undefined || room === 0 || promised === undefined ? undefined : promised / room
  const over = commitment !== undefined && commitment > 1
  const trouble = capacities.map(({ metadata }) => metadata.annotations?.[troubleAnnotation]).find((text) => text)
  const sets = profile?.status?.claimPropertySets ?? []
  const row: ClassRow = {
    table: 'classes',
    key: storageKey('classes', { cluster, name }),
    cluster,
    namespace: '',
    name,
    uid,
    status: trouble !== undefined ? 'OutOfService' : full ? 'Full' : over ? 'OverCommitted' : 'Ready',
    tone: full || trouble !== undefined ? 'attention' : 'running',
    created: createdOf(creationTimestamp),
    labels: fewLabels(labels),
    deleting: of.metadata.deletionTimestamp !== undefined,
    provisioner: of.provisioner ?? '',
    isDefault: annotations[defaultAnnotation] === 'true',
    isVirtDefault: annotations[virtDefaultAnnotation] === 'true',
    expandable: of.allowVolumeExpansion === true,
    binding: of.volumeBindingMode ?? 'Immediate',
    reclaim: of.reclaimPolicy ?? 'Delete',
    provisioned,
    volumes: claims.length,
    modes: [
      ...new Set(
        sets.flatMap(({ accessModes = [], volumeMode = '' }) =>
          accessModes.map((access) => `${access} ${volumeMode}`.trim()),
        ),
      ),
    ],
  }
  if (trouble !== undefined) row.reason = trouble
  if (free !== undefined) row.free = free
  if (total !== undefined) row.total = total
  if (commitment !== undefined) row.commitment = commitment
  if (promised !== undefined) row.promised = promised
  if (room !== undefined) row.room = room
  if (profile?.status?.cloneStrategy !== undefined) row.cloneStrategy = profile.status.cloneStrategy
  if (profile?.status?.snapshotClass !== undefined) row.snapshotClass = profile.status.snapshotClass
  return row
}

/** Undefined when nobody says anything. */
function sumOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0)
}

function sizeOf({ spec, status }: ClaimObject): number | undefined {
  return bytesOf(status?.capacity?.['storage']) ?? bytesOf(spec.resources?.requests?.['storage'])
}
