/** Admission of a DataVolume, in the order and words of CDI's webhook: the first thing that is wrong is told, and nothing else. */

import { deepEqual, type StatusCause } from '@berth/meta'
import type { PersistentVolumeClaimSpec } from '../types/core.ts'
import type { DataVolume, DataVolumeSpec } from '../types/data-volume.ts'
import { amountOf } from './amount.ts'
import { duplicateField, invalidField, type Rule } from './cause.ts'
import { sourceCauses } from './data-volume-source.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const mebibyte = 1_048_576n
const maxName = 253

export const dataVolumeAdmission: readonly Rule<DataVolumeSpec>[] = [
  {
    name: 'one target',
    causes: ({ pvc, storage }, field) => {
      if (pvc === undefined && storage === undefined) return [invalidField(`${field}.PVC`, 'Missing Data volume PVC')]
      if (pvc === undefined || storage === undefined) return []
      const message = 'Duplicate storage definition, both target storage and target pvc defined'
      return [invalidField(`${field}.PVC.Storage`, message)]
    },
  },
  { name: 'size', causes: size },
  {
    name: 'storage class name',
    causes: ({ pvc, storage }) => nameLength((pvc ?? storage)?.storageClassName ?? ''),
  },
  { name: 'access modes', causes: modes },
  { name: 'population from elsewhere', causes: population },
  { name: 'one source', causes: oneSource },
  { name: 'source', causes: sourceCauses },
]

/** Where nothing else tells the size, as an existing disk would, it must be given. */
function size(spec: DataVolumeSpec, field: string): StatusCause[] {
  const { pvc, storage, source, sourceRef } = spec
  const word = pvc === undefined ? 'Storage' : 'PVC'
  const at = `${field}.${word}.resources.requests.size`
  const written = (pvc ?? storage)?.resources?.requests?.['storage']
  if (written === undefined) {
    const known = sourceRef !== undefined || source?.pvc !== undefined || source?.snapshot !== undefined
    return storage !== undefined && known ? [] : [invalidField(at, `${word} size is missing`)]
  }
  const { value } = amountOf(written)
  if (value <= 0n) return [invalidField(at, `${word} size can't be equal or less than zero`)]
  return value < mebibyte ? [invalidField(at, `${word} size should be at least 1MiB`)] : []
}

function nameLength(name: string): StatusCause[] {
  if (name.length <= maxName) return []
  return [{ reason: 'FieldValueInvalid', message: `Name cannot be longer than ${maxName} characters` }]
}

/** A `pvc` section is taken as it is, so it must be whole; `storage` is completed from the class's profile. */
function modes({ pvc, storage }: DataVolumeSpec, field: string): StatusCause[] {
  const at = `${field}.PVC.accessModes`
  const given: readonly string[] = (pvc ?? storage)?.accessModes ?? []
  if (pvc !== undefined && given.length === 0) {
    return [invalidField(at, 'Required value: at least 1 access mode is required')]
  }
  if (pvc !== undefined && given.length > 1) return [invalidField(at, 'PVC multiple accessModes')]
  if (given.every((mode) => accessModes.includes(mode))) return []
  const supported = accessModes.map((mode) => `"${mode}"`).join(', ')
  return [invalidField(at, `Unsupported value: "${given[0] ?? ''}": supported values: ${supported}`)]
}

function isPopulated(claim: PersistentVolumeClaimSpec | undefined): boolean {
  return claim?.dataSource !== undefined || claim?.dataSourceRef !== undefined
}

function population(spec: DataVolumeSpec, field: string): StatusCause[] {
  const given = spec.source !== undefined || spec.sourceRef !== undefined
  return given && isPopulated(spec.pvc ?? spec.storage)
    ? [invalidField(`${field}.source`, 'External population is incompatible with Source and SourceRef')]
    : []
}

function oneSource(spec: DataVolumeSpec, field: string): StatusCause[] {
  const { source, sourceRef } = spec
  if (isPopulated(spec.pvc ?? spec.storage)) return []
  const at = `${field}.source`
  if ((source === undefined) === (sourceRef === undefined)) {
    return [invalidField(at, 'Data volume should have either Source or SourceRef, or be externally populated')]
  }
  if (sourceRef !== undefined) return reference(sourceRef, `${field}.sourceRef`)
  const count = Object.values(source ?? {}).filter((value) => value !== undefined && value !== null).length
  if (count === 0) return [invalidField(at, 'Missing Data volume source')]
  return count > 1 ? [invalidField(at, 'Multiple Data volume sources')] : []
}

function reference({ kind, name }: NonNullable<DataVolumeSpec['sourceRef']>, at: string): StatusCause[] {
  if ((kind ?? '') === '') return [invalidField(`${at}.Kind`, 'Missing sourceRef kind')]
  if (kind !== 'DataSource') {
    return [invalidField(`${at}.Kind`, `Unsupported sourceRef kind ${kind}, currently only DataSource is supported`)]
  }
  return (name ?? '') === '' ? [invalidField(`${at}.Name`, 'Missing sourceRef name')] : []
}

/** The causes of the first rule that finds some. */
export function validateDataVolumeSpec(spec: DataVolumeSpec, field = 'spec'): StatusCause[] {
  for (const rule of dataVolumeAdmission) {
    const causes = rule.causes(spec, field)
    if (causes.length > 0) return causes
  }
  return []
}

/** @param previous the stored object on an update: its spec may not change */
export function validateDataVolume(volume: DataVolume, previous?: DataVolume): StatusCause[] {
  if (previous !== undefined) {
    if (deepEqual(volume.spec, previous.spec)) return []
    return [duplicateField('DataVolume.Spec', 'Cannot update DataVolume Spec')]
  }
  const causes = nameLength(volume.metadata.name ?? '')
  return causes.length > 0 ? causes : validateDataVolumeSpec(volume.spec)
}
