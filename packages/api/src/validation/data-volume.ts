/** Admission of a DataVolume. Source: CDI's validating webhook. */

import { deepEqual, parseQuantity, type StatusCause } from '@berth/meta'
import type { PersistentVolumeClaimSpec } from '../types/core.ts'
import type { DataVolume, DataVolumeSource, DataVolumeSpec } from '../types/data-volume.ts'
import { invalidField, requiredField, type Rule, applyRules } from './cause.ts'

const accessModes = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod']
const digestLengths: Record<string, number> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 }
const mebibyte = 1_048_576n * 1_000_000_000n
/** A claim's name is a label of CDI's pods in part, and the volume's name. */
const maxName = 253
const maxUrl = 4096

export const dataVolumeAdmission: readonly Rule<DataVolumeSpec>[] = [
  { name: 'one source', causes: oneSource },
  { name: 'http', causes: ({ source }, field) => http(source?.http, `${field}.source.http`) },
  {
    name: 'one target',
    causes: ({ pvc, storage }, field) => {
      if (pvc === undefined && storage === undefined) return [requiredField(`${field}.pvc`, 'Missing Data volume PVC')]
      if (pvc !== undefined && storage !== undefined) {
        return [
          invalidField(`${field}.storage`, 'Duplicate storage definition, both target storage and target pvc defined'),
        ]
      }
      return []
    },
  },
  {
    name: 'claim',
    causes: ({ pvc }, field) => (pvc === undefined ? [] : claim(pvc, `${field}.pvc`, { literal: true, sized: true })),
  },
  {
    name: 'storage',
    causes: ({ storage, sourceRef }, field) =>
      storage === undefined
        ? []
        : claim(storage, `${field}.storage`, { literal: false, sized: sourceRef === undefined }),
  },
  {
    name: 'content type',
    causes: ({ contentType }, field) =>
      contentType === undefined || contentType === 'kubevirt' || contentType === 'archive'
        ? []
        : [invalidField(`${field}.contentType`, 'ContentType not one of: kubevirt, archive')],
  },
]

function oneSource({ source, sourceRef }: DataVolumeSpec, field: string): StatusCause[] {
  if ((source === undefined) === (sourceRef === undefined)) {
    return [invalidField(`${field}.source`, 'Data volume should have either Source or SourceRef')]
  }
  if (sourceRef !== undefined) {
    const at = `${field}.sourceRef`
    if (sourceRef.kind !== 'DataSource')
      return [invalidField(`${at}.kind`, `Unsupported sourceRef kind ${sourceRef.kind}`)]
    return sourceRef.name === '' ? [requiredField(`${at}.name`, 'SourceRef name is empty')] : []
  }
  const count = Object.values(source ?? {}).filter((value) => value !== undefined && value !== null).length
  if (count === 0) return [requiredField(`${field}.source`, 'Missing Data volume source')]
  return count > 1 ? [invalidField(`${field}.source`, 'Multiple Data volume sources')] : []
}

function http(source: DataVolumeSource['http'], field: string): StatusCause[] {
  if (source === undefined) return []
  const causes: StatusCause[] = []
  const { url, checksum } = source
  if (url === '') causes.push(requiredField(`${field}.url`, 'Data volume source URL is empty'))
  else if (url.length > maxUrl || !isHttpUrl(url)) {
    causes.push(
      invalidField(
        `${field}.url`,
        `Invalid data volume source URL: ${url.slice(0, 80)}; http:// or https:// is expected`,
      ),
    )
  }
  if (checksum !== undefined && checksum !== '' && !isChecksum(checksum)) {
    const message = `Invalid checksum ${checksum.slice(0, 80)}: expected <algorithm>:<hexadecimal digest> with one of ${Object.keys(digestLengths).join(', ')}`
    causes.push(invalidField(`${field}.checksum`, message))
  }
  return causes
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^\s/?#]+([/?#]\S*)?$/i.test(text)
}

function isChecksum(text: string): boolean {
  const [algorithm = '', digest = ''] = text.split(':', 2)
  const length = digestLengths[algorithm]
  return (
    length !== undefined &&
    digest.length === length &&
    /^[0-9a-fA-F]+$/.test(digest) &&
    text.length === algorithm.length + 1 + length
  )
}

/**
 * @param needs.literal a `pvc` section is taken as it is, so it must be whole; `storage` is completed from the class's profile
 * @param needs.sized the size must be given: nothing else tells it, as an existing disk would
 */
function claim(
  spec: PersistentVolumeClaimSpec,
  field: string,
  needs: { literal: boolean; sized: boolean },
): StatusCause[] {
  const causes: StatusCause[] = []
  const modes = spec.accessModes ?? []
  if (needs.literal && modes.length === 0)
    causes.push(requiredField(`${field}.accessModes`, 'Required value: at least 1 access mode is required'))
  if (needs.literal && modes.length > 1) causes.push(invalidField(`${field}.accessModes`, 'PVC multiple accessModes'))
  for (const mode of modes) {
    if (!accessModes.includes(mode)) {
      causes.push(
        invalidField(
          `${field}.accessModes`,
          `Unsupported value: "${mode}": supported values: ${accessModes.join(', ')}`,
        ),
      )
    }
  }
  const size = spec.resources?.requests?.['storage']
  if (size === undefined) {
    if (needs.sized) causes.push(requiredField(`${field}.resources.requests.storage`, 'PVC size is missing'))
  } else if (!isAtLeast(size, 1n))
    causes.push(invalidField(`${field}.resources.requests.storage`, "PVC size can't be equal or less than zero"))
  else if (!isAtLeast(size, mebibyte)) {
    causes.push(invalidField(`${field}.resources.requests.storage`, 'PVC size should be at least 1MiB'))
  }
  if ((spec.storageClassName ?? '').length > maxName) {
    causes.push(invalidField(`${field}.storageClassName`, 'Name of data volume cannot be more than 253 characters'))
  }
  return causes
}

function isAtLeast(text: string, nanos: bigint): boolean {
  try {
    return parseQuantity(text).nanos >= nanos
  } catch {
    return false
  }
}

export function validateDataVolumeSpec(spec: DataVolumeSpec | undefined, field = 'spec'): StatusCause[] {
  if (spec === undefined) return [requiredField(field, 'Missing Data volume spec')]
  return applyRules(dataVolumeAdmission, spec, field)
}

/** @param previous the stored object on an update: its spec may not change */
export function validateDataVolume(volume: DataVolume, previous?: DataVolume): StatusCause[] {
  if (previous !== undefined) {
    return deepEqual(volume.spec, previous.spec) ? [] : [invalidField('spec', 'Cannot update DataVolume Spec')]
  }
  const causes = validateDataVolumeSpec(volume.spec)
  if ((volume.metadata.name ?? '').length > maxName) {
    causes.push(invalidField('metadata.name', 'Name of data volume cannot be more than 253 characters'))
  }
  return causes
}
