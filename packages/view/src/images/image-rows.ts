/** From the objects of one cluster to the rows of its images. Pure; what is not to be seen is simply not joined. */

import {
  diskSizeAnnotation,
  imageBuildAnnotation,
  imageCopyAnnotation,
  imageDescriptionAnnotation,
  imageFileAnnotation,
  imageLabel,
  imageRetiredLabel,
  imageSourceAnnotation,
  claimNames,
  defaultLabels,
  versionOf,
  type DataImportCron,
  type DataSource,
  type DataVolume,
  type VirtualMachine,
} from '@berth/api'
import { getCondition, type KubeObject } from '@berth/meta'
import { createdOf } from '../rows/machine-row.ts'
import { bytesOf } from '../rows/size.ts'
import type { ClaimObject } from '../rows/slim.ts'
import { progressOf, sourceOfVolume } from '../storage/volume-row.ts'
import { freshState } from './fresh-row.ts'
import {
  cronLabel,
  type ImageDisk,
  type ImageOrigin,
  type ImageRow,
  type ImageState,
  type ImageUser,
} from './image-row.ts'

export interface ImageParts {
  cluster: string
  dataSources: readonly Readonly<DataSource>[]
  dataVolumes: readonly Readonly<DataVolume>[]
  claims?: readonly Readonly<ClaimObject>[]
  crons?: readonly Readonly<DataImportCron>[]
  machines?: readonly Readonly<VirtualMachine>[]
}

const maxUsers = 50
const maxReason = 400

const place = (namespace: string | undefined, name: string | undefined): string => `${namespace ?? ''}/${name ?? ''}`
const placeOf = ({ metadata }: KubeObject): string => place(metadata.namespace, metadata.name)

/** What rows are joined from, by `namespace/name`. */
interface Joined {
  cluster: string
  sources: ReadonlyMap<string, Readonly<DataSource>>
  volumes: ReadonlyMap<string, Readonly<DataVolume>>
  claims: ReadonlyMap<string, Readonly<ClaimObject>>
  crons: ReadonlyMap<string, Readonly<DataImportCron>>
  /** Machines by the claims they use. */
  machines: ReadonlyMap<string, string[]>
  /** Disks by the image, and by the disk, that they are made from. */
  users: ReadonlyMap<string, ImageUser[]>
}

export function imageRows(parts: ImageParts): ImageRow[] {
  const joined = join(parts)
  return parts.dataSources.map((source) => imageRow(source, joined))
}

function join({ cluster, dataSources, dataVolumes, claims = [], crons = [], machines = [] }: ImageParts): Joined {
  const byPlace = <Item extends KubeObject>(items: readonly Item[]) =>
    new Map(items.map((item) => [placeOf(item), item]))
  const volumes = byPlace(dataVolumes)
  const machinesOf = new Map<string, string[]>()
  for (const machine of machines) {
    for (const claim of claimNames(machine.spec.template.spec)) {
      add(machinesOf, place(machine.metadata.namespace, claim), machine.metadata.name ?? '')
    }
  }
  const users = new Map<string, ImageUser[]>()
  for (const volume of dataVolumes) {
    const { namespace = '', name = '' } = volume.metadata
    // Disks of images are no use of an image.
    if (volume.metadata.labels?.[imageLabel] !== undefined) continue
    const from = fromOf(volume)
    if (from === undefined) continue
    const phase = volume.status?.phase
    const filling = phase !== 'Succeeded' && phase !== 'Failed'
    const key = place(namespace, name)
    add(users, from, { namespace, name, filling, planned: false, machines: machinesOf.get(key) ?? [] })
  }
  for (const { metadata, spec } of machines) {
    for (const template of spec.dataVolumeTemplates ?? []) {
      const { namespace = '', name: machine = '' } = metadata
      const { name } = template.metadata
      const { sourceRef } = template.spec
      if (sourceRef === undefined || volumes.has(place(namespace, name))) continue
      const image = `image:${place(sourceRef.namespace ?? namespace, sourceRef.name)}`
      add(users, image, { namespace, name, filling: false, planned: true, machines: [machine] })
    }
  }
  return {
    cluster,
    sources: byPlace(dataSources),
    volumes,
    claims: byPlace(claims),
    crons: byPlace(crons),
    machines: machinesOf,
    users,
  }
}

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else known.push(value)
}

function fromOf({ metadata, spec }: Readonly<DataVolume>): string | undefined {
  const { sourceRef, source } = spec
  if (sourceRef !== undefined) return `image:${place(sourceRef.namespace ?? metadata.namespace, sourceRef.name)}`
  const { pvc, snapshot } = source ?? {}
  if (pvc !== undefined) return `disk:${place(pvc.namespace, pvc.name)}`
  return snapshot === undefined ? undefined : `snapshot:${place(snapshot.namespace, snapshot.name)}`
}

function imageRow(object: Readonly<DataSource>, joined: Joined): ImageRow {
  const { namespace = '', name = '', labels = {}, annotations = {}, creationTimestamp } = object.metadata
  const version = versionOf(labels)
  const image = version?.image ?? labels[imageLabel] ?? name
  const { pvc, snapshot } = object.spec.source
  const follows = version === undefined && labels[imageLabel] === name ? pvc?.name : undefined
  const held = pvc === undefined ? undefined : place(pvc.namespace ?? namespace, pvc.name)
  const volume = held === undefined ? undefined : joined.volumes.get(held)
  const claim = held === undefined ? undefined : joined.claims.get(held)
  const users = [
    ...(joined.users.get(`image:${place(namespace, name)}`) ?? []),
    // Of the name that follows, they are those of the version.
    ...(held === undefined || follows !== undefined ? [] : (joined.users.get(`disk:${held}`) ?? [])),
    ...(snapshot === undefined
      ? []
      : (joined.users.get(`snapshot:${place(snapshot.namespace ?? namespace, snapshot.name)}`) ?? [])),
  ]
  const { state, reason } = stateOf(object, { volume, claim, joined })
  const disk = diskOf(object, { volume, claim, joined })
  const row: ImageRow = {
    key: `${joined.cluster}/${namespace}/${name}`,
    cluster: joined.cluster,
    namespace,
    name,
    image,
    current: version === undefined || joined.sources.get(place(namespace, image))?.spec.source.pvc?.name === pvc?.name,
    retired: labels[imageRetiredLabel] === 'true',
    state,
    tone: tones[state],
    created: createdOf(creationTimestamp),
    origin: originOf(object, { volume, joined }),
    users: users.slice(0, maxUsers),
    userCount: users.length,
  }
  const size = bytesOf(claim?.status?.capacity?.['storage'] ?? annotations[diskSizeAnnotation] ?? asked(volume))
  const progress = state === 'filling' ? progressOf(volume) : undefined
  const description = annotations[imageDescriptionAnnotation]
  const preference = labels[defaultLabels.preference]
  const instancetype = labels[defaultLabels.instancetype]
  if (version !== undefined) row.version = version.version
  if (follows !== undefined) row.follows = follows
  if (progress !== undefined) row.progress = progress
  if (reason !== undefined) row.reason = reason.slice(0, maxReason)
  if (size !== undefined) row.size = size
  if (description !== undefined) row.description = description.slice(0, maxReason)
  if (disk !== undefined) row.disk = disk
  if (preference !== undefined) row.preference = preference
  if (instancetype !== undefined) row.instancetype = instancetype
  return row
}

const tones = {
  ready: 'running',
  filling: 'starting',
  trouble: 'attention',
  missing: 'attention',
  deleting: 'stopped',
} as const satisfies Record<ImageState, string>

interface Behind {
  volume: Readonly<DataVolume> | undefined
  claim: Readonly<ClaimObject> | undefined
  joined: Joined
}

function stateOf(
  { metadata, spec, status }: Readonly<DataSource>,
  { volume, joined }: Behind,
): { state: ImageState; reason?: string } {
  if (metadata.deletionTimestamp !== undefined) return { state: 'deleting' }
  const phase = volume?.status?.phase
  if (volume !== undefined && phase !== 'Succeeded') {
    const { conditions } = volume.status ?? {}
    const running = getCondition(conditions, 'Running')
    const bound = getCondition(conditions, 'Bound')
    const told = running?.reason === 'Error' && running.status !== 'True' ? running.message : undefined
    if (phase === 'Failed') return { state: 'trouble', reason: told ?? running?.message ?? bound?.message ?? '' }
    return told === undefined ? { state: 'filling' } : { state: 'trouble', reason: told }
  }
  const ready = getCondition(status?.conditions, 'Ready')
  if (ready?.status !== 'False') return { state: 'ready' }
  const cron = joined.crons.get(place(metadata.namespace, metadata.labels?.[cronLabel]))
  const empty = Object.keys(spec.source).length === 0
  if (empty && cron !== undefined) {
    // Its first import is under way, or still to come.
    const { currentImports: [current] = [] } = cron.status ?? {}
    const fresh = freshState(cron, joined.volumes.get(place(metadata.namespace, current?.dataVolumeName)))
    return fresh.state === 'trouble' ? { state: 'trouble', reason: fresh.reason ?? '' } : { state: 'filling' }
  }
  const missing = ready.reason === 'NotFound' || empty
  return { state: missing ? 'missing' : 'filling', ...(missing ? { reason: ready.message ?? '' } : {}) }
}

function diskOf({ metadata, spec }: Readonly<DataSource>, { volume, claim, joined }: Behind): ImageDisk | undefined {
  const { pvc } = spec.source
  const there = volume ?? claim
  // That of another namespace is nothing of this image's.
  if (pvc === undefined || there === undefined || (pvc.namespace ?? metadata.namespace) !== metadata.namespace) {
    return undefined
  }
  const { name = '', labels = {} } = there.metadata
  return {
    name,
    dataVolume: volume !== undefined,
    own: labels[imageLabel] !== undefined || labels[cronLabel] !== undefined,
    machines: joined.machines.get(place(metadata.namespace, name)) ?? [],
  }
}

function asked(volume: Readonly<DataVolume> | undefined): string | undefined {
  return (volume?.spec.storage ?? volume?.spec.pvc)?.resources?.requests?.['storage']
}

/** The first that is there says it. */
function originOf(
  { metadata, spec }: Readonly<DataSource>,
  { volume, joined }: Pick<Behind, 'volume' | 'joined'>,
): ImageOrigin {
  const { namespace, labels = {}, annotations = {} } = metadata
  const from = volume === undefined ? undefined : sourceOfVolume(volume)
  const noted = (
    [
      ['copy', annotations[imageCopyAnnotation]],
      ['build', annotations[imageBuildAnnotation]],
      ['upload', annotations[imageFileAnnotation]],
      [
        from?.source === 'snapshot' ? 'snapshot' : from?.source === 'pvc' ? 'disk' : 'import',
        annotations[imageSourceAnnotation],
      ],
    ] as const
  ).find(([, name]) => name !== undefined)
  if (noted !== undefined) return named(noted[0], noted[1])
  const cron = labels[cronLabel]
  if (cron !== undefined && joined.crons.has(place(namespace, cron))) return named('cron', cron)
  const { pvc, snapshot, dataSource } = spec.source
  if (dataSource !== undefined) return named('image', place(dataSource.namespace ?? namespace, dataSource.name))
  if (snapshot !== undefined) return named('snapshot', place(snapshot.namespace ?? namespace, snapshot.name))
  if (pvc === undefined) return { kind: 'host' }
  if (from?.source === 'http' || from?.source === 'registry' || from?.source === 's3') {
    return named('import', from.sourceName)
  }
  return named('disk', from?.sourceName ?? place(pvc.namespace ?? namespace, pvc.name))
}

const named = (kind: ImageOrigin['kind'], name: string | undefined): ImageOrigin => ({
  kind,
  ...(name === undefined ? {} : { name: name.slice(0, maxReason) }),
})
