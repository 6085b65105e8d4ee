/** A volume as a row: a claim and the DataVolume of its name, or one of both, with who uses it. */

import type { DataVolume, DataVolumeSource } from '@berth/api'
import type { Condition } from '@berth/meta'
import { createdOf, fewLabels } from '../rows/machine-row.ts'
import type { Tone } from '../rows/row.ts'
import { bytesOf } from '../rows/size.ts'
import { allocatedAnnotation, type ClaimObject } from '../rows/slim.ts'
import type { StorageClassObject } from './storage-objects.ts'
import { storageKey, type VolumeRow, type VolumeUser } from './storage-row.ts'

export interface VolumeParts {
  cluster: string
  /** At least one of both. */
  claim: ClaimObject | undefined
  dataVolume: DataVolume | undefined
  class: StorageClassObject | undefined
  users: readonly VolumeUser[]
  /** Snapshots of it that are there. */
  snapshots: number
}

/** States of a DataVolume that say more than its claim's. */
const filling = /Import|Clone|Upload|Populat|Expansion|Transfer|Rebind|Prep|WaitForFirstConsumer|Paused|Pending$/
const maxReason = 400
const maxUsers = 50

export function volumeRow(parts: VolumeParts): VolumeRow | undefined {
  const { cluster, claim, dataVolume, users, snapshots } = parts
  const object = claim ?? dataVolume
  if (object === undefined) return undefined
  const { name = '', namespace = '', uid = '', labels = {} } = object.metadata
  const wanted = dataVolume?.spec.storage ?? dataVolume?.spec.pvc
  const has = bytesOf(claim?.status?.capacity?.['storage'])
  const asks =
    bytesOf(claim?.spec.resources?.requests?.['storage']) ?? bytesOf(wanted?.resources?.requests?.['storage'])
  const className = claim?.spec.storageClassName ?? wanted?.storageClassName
  const progress = progressOf(dataVolume)
  const status = statusOf(claim, dataVolume)
  const reason = reasonOf(parts)
  const used = bytesOf(claim?.metadata.annotations?.[allocatedAnnotation])
  const source = sourceOfVolume(dataVolume)
  const restarts = dataVolume?.status?.restartCount ?? 0
  const owner = ownerOf(parts)
  const row: VolumeRow = {
    table: 'volumes',
    key: storageKey('volumes', { cluster, namespace, name }),
    cluster,
    namespace,
    name,
    uid,
    status,
    tone: toneOf(status, restarts > 0 && reason !== undefined),
    created: createdOf(object.metadata.creationTimestamp),
    labels: fewLabels(labels),
    deleting: object.metadata.deletionTimestamp !== undefined,
    claim: claim !== undefined,
    dataVolume: dataVolume !== undefined,
    mode: claim?.spec.volumeMode ?? wanted?.volumeMode ?? 'Filesystem',
    access: [...(claim?.spec.accessModes ?? wanted?.accessModes ?? [])],
    users: users.slice(0, maxUsers),
    snapshots,
  }
  const size = has ?? asks
  if (size !== undefined) row.size = size
  if (has !== undefined && asks !== undefined && asks > has) row.growingTo = asks
  if (used !== undefined) row.used = used
  if (className !== undefined && className !== '') row.class = className
  if (parts.class !== undefined) row.expandable = parts.class.allowVolumeExpansion === true
  if (parts.class?.reclaimPolicy === 'Retain') row.retained = true
  if (progress !== undefined) row.progress = progress
  if (source !== undefined) Object.assign(row, source)
  if (restarts > 0) row.restarts = restarts
  if (reason !== undefined) row.reason = reason.slice(0, maxReason)
  if (owner !== undefined) row.owner = owner
  const fetchedWith = accessOf(dataVolume)
  if (fetchedWith !== undefined) row.fetchedWith = fetchedWith
  return row
}

/** The claim's word, unless its DataVolume is still at work on it. */
function statusOf(claim: ClaimObject | undefined, dataVolume: DataVolume | undefined): string {
  if ((claim ?? dataVolume)?.metadata.deletionTimestamp !== undefined) return 'Terminating'
  const phase = dataVolume?.status?.phase
  if (phase === 'Failed') return phase
  const own = claim?.status?.phase
  if (phase !== undefined && phase !== 'Succeeded' && (filling.test(phase) || own === undefined)) return phase
  return own ?? 'Pending'
}

function toneOf(status: string, stumbles: boolean): Tone {
  if (status === 'Failed' || status === 'Lost' || stumbles) return 'attention'
  if (status === 'Bound') return 'running'
  return status === 'Paused' ? 'paused' : 'starting'
}

/** `42.10%` as 0.421; undefined when it is not being filled, or nobody knows. */
export function progressOf(dataVolume: Readonly<DataVolume> | undefined): number | undefined {
  const { phase, progress = '' } = dataVolume?.status ?? {}
  if (phase === undefined || phase === 'Succeeded' || phase === 'Failed') return undefined
  const [, number] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(progress) ?? []
  return number === undefined ? undefined : Math.min(1, Number(number) / 100)
}

/** What went wrong last: an import that runs again after an error says so in `Running`. */
function reasonOf({ claim, dataVolume }: VolumeParts): string | undefined {
  const { phase, conditions = [] } = dataVolume?.status ?? {}
  if (phase !== undefined && phase !== 'Succeeded') {
    const running = conditions.find(({ type }) => type === 'Running')
    if (running?.status !== 'True' && isError(running)) return running?.message
    const bound = conditions.find(({ type }) => type === 'Bound')
    if (phase === 'Failed') return told(running) ?? told(bound) ?? told(conditions.find(({ type }) => type === 'Ready'))
    if (phase === 'Pending' && bound?.status === 'False') return told(bound)
  }
  const resize = claim?.status?.conditions?.find(
    ({ type }) => type === 'ControllerResizeError' || type === 'NodeResizeError',
  )
  return told(resize)
}

function isError(condition: Condition | undefined): boolean {
  return condition?.reason === 'Error' || condition?.reason === 'ImagePullFailed' || condition?.reason === 'Failed'
}

function told(condition: Condition | undefined): string | undefined {
  return condition?.message === '' ? undefined : condition?.message
}

const sourceNames: Readonly<Record<keyof DataVolumeSource, (source: DataVolumeSource) => string | undefined>> = {
  http: ({ http }) => http?.url,
  s3: ({ s3 }) => s3?.url,
  gcs: ({ gcs }) => gcs?.url,
  registry: ({ registry }) => registry?.url ?? registry?.imageStream,
  pvc: ({ pvc }) => pvc && `${pvc.namespace}/${pvc.name}`,
  snapshot: ({ snapshot }) => snapshot && `${snapshot.namespace}/${snapshot.name}`,
  blank: () => undefined,
  upload: () => undefined,
  imageio: () => undefined,
  vddk: () => undefined,
}

/** What it is filled from; of addresses without what is secret in them. */
export function sourceOfVolume(
  dataVolume: Readonly<DataVolume> | undefined,
): Pick<VolumeRow, 'source' | 'sourceName'> | undefined {
  const { source, sourceRef } = dataVolume?.spec ?? {}
  if (sourceRef !== undefined) {
    const { namespace = dataVolume?.metadata.namespace ?? '', name } = sourceRef
    return { source: 'image', sourceName: `${namespace}/${name}` }
  }
  // Keys of the table above.
  const kind = (Object.keys(sourceNames) as (keyof DataVolumeSource)[]).find((key) => source?.[key] !== undefined)
  if (kind === undefined || source === undefined) return undefined
  const name = sourceNames[kind](source)
  return { source: kind, ...(name === undefined ? {} : { sourceName: withoutSecret(name) }) }
}

/** Addresses may have a password in them, and everybody who may list volumes sees rows. */
function withoutSecret(address: string): string {
  return address
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
    .replace(/\?.*$/s, '')
    .slice(0, maxReason)
}

function accessOf(dataVolume: Readonly<DataVolume> | undefined): VolumeRow['fetchedWith'] {
  const { http, s3, registry } = dataVolume?.spec.source ?? {}
  const { secretRef: secret = '', certConfigMap: certificates = '' } = http ?? s3 ?? registry ?? {}
  return secret === '' && certificates === '' ? undefined : { secret, certificates }
}

/** A machine whose template made it, most of the time. */
function ownerOf({ claim, dataVolume }: VolumeParts): string | undefined {
  const owner = (dataVolume ?? claim)?.metadata.ownerReferences?.find(({ controller }) => controller === true)
  return owner === undefined || owner.kind === 'DataVolume' ? undefined : `${owner.kind}/${owner.name}`
}
