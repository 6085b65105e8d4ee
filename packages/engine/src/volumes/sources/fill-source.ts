/** What a claim's volume is filled with: from its DataVolume, from an upload, or from what the claim itself names. */

import {
  dataSources,
  volumeSnapshotContents,
  volumeSnapshots,
  type DataVolume,
  type HttpSource,
  type ObjectStoreSource,
  type RegistrySource,
} from '@berth/api'
import type { CachedImage } from '@berth/imaging'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { quantityToBytes, unlessMissing } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'
import type { Person } from '../../resources/access-review.ts'
import { askerOf } from '../asker.ts'
import { keepsFiles } from '../claim-content.ts'
import { requestedBytes, volumeNameFor } from '../claim-volume.ts'
import { mayClone } from '../clone-rights.ts'
import { imageNamespace } from '../image-publisher.ts'
import { resolveDataSource } from './data-source.ts'
import { isUploadTarget } from './upload-target.ts'

export type FillSource =
  | { kind: 'blank' }
  | { kind: 'upload' }
  | { kind: 'http'; http: HttpSource }
  | { kind: 's3'; s3: ObjectStoreSource }
  | { kind: 'gcs'; gcs: ObjectStoreSource }
  | { kind: 'registry'; registry: RegistrySource }
  | { kind: 'claim'; namespace: string; name: string }
  | { kind: 'snapshot'; namespace: string; name: string }
  /** Something published by name; what it is, is looked up when it is needed. */
  | { kind: 'published'; namespace: string; name: string; asked: { by: Person | undefined; from: string } }

export type SourceKind = FillSource['kind']

/** Of a DataVolume. @throws {EngineError} ImportRefused for one that this engine does not know */
export function sourceOfDataVolume(dataVolume: Readonly<DataVolume>): FillSource {
  const { metadata, spec } = dataVolume
  const { source = {}, sourceRef } = spec
  const { namespace = '', name = '' } = metadata
  if (sourceRef !== undefined) {
    const asked = { by: askerOf(dataVolume), from: namespace }
    return { kind: 'published', namespace: sourceRef.namespace ?? namespace, name: sourceRef.name, asked }
  }
  if (source.http !== undefined) return { kind: 'http', http: source.http }
  if (source.s3 !== undefined) return { kind: 's3', s3: source.s3 }
  if (source.gcs !== undefined) return { kind: 'gcs', gcs: source.gcs }
  if (source.registry !== undefined) return { kind: 'registry', registry: source.registry }
  if (source.pvc !== undefined) return { kind: 'claim', ...source.pvc }
  if (source.snapshot !== undefined) return { kind: 'snapshot', ...source.snapshot }
  if (source.upload !== undefined) return { kind: 'upload' }
  if (source.blank !== undefined) return { kind: 'blank' }
  const asked = spec.pvc ?? spec.storage
  const named = claimReference(asked ?? {}, namespace)
  if (named !== undefined) return named
  throw new EngineError('ImportRefused', `DataVolume "${name}" has no source that this engine knows`)
}

/** Of a claim that no DataVolume owns. */
export function sourceOfClaim(claim: Readonly<PersistentVolumeClaim>): FillSource | undefined {
  if (isUploadTarget(claim)) return { kind: 'upload' }
  return claimReference(claim.spec, claim.metadata.namespace ?? '')
}

/** `dataSource` and `dataSourceRef` name something of the claim's own namespace; admission lets only these two kinds in. */
function claimReference(
  { dataSource, dataSourceRef }: { dataSource?: object; dataSourceRef?: object },
  namespace: string,
): FillSource | undefined {
  const reference: { kind?: string; name?: string } | undefined = dataSourceRef ?? dataSource
  if (reference === undefined) return undefined
  const kind = reference.kind === 'VolumeSnapshot' ? 'snapshot' : 'claim'
  return { kind, namespace, name: reference.name ?? '' }
}

/** What a clone lies on. */
export type CloneOrigin =
  | { kind: 'volume'; volume: string; sizeBytes: number; what: string }
  | { kind: 'snapshot'; handle: string; sizeBytes: number; what: string }
  | { kind: 'image'; image: CachedImage; sizeBytes: number; what: string }

/**
 * Looks up what is to be cloned.
 * @throws {EngineError} MissingDependency, VolumeInUse: in both cases trying again may do
 */
export async function originOf(
  source: Extract<FillSource, { namespace: string }>,
  services: EngineServices,
): Promise<CloneOrigin> {
  if (source.kind === 'claim') return claimOrigin(source, services)
  if (source.kind === 'snapshot') return snapshotOrigin(source, services)
  const shown = `${source.namespace}/${source.name}`
  const { namespace, name } = source
  const found = await unlessMissing(services.client.get(dataSources, { namespace, name }))
  const end = found === undefined ? undefined : await resolveDataSource(services.client, found)
  if (end?.kind === 'claim' || end?.kind === 'snapshot') {
    await requireStillAllowed(source, end, services)
    return originOf({ ...end, kind: end.kind }, services)
  }
  if (end?.kind === 'wrong') {
    throw new EngineError('MissingDependency', `DataSource "${shown}" cannot be used: ${end.message}`)
  }
  const image = end !== undefined && end.namespace === imageNamespace ? await services.images.find(end.name) : undefined
  if (image === undefined) {
    throw new EngineError('MissingDependency', `DataSource "${shown}" has no image on this host`, {
      remedy: 'See what there is with `berth image list`; `berth image build debian-12` makes one.',
    })
  }
  return { kind: 'image', image, sizeBytes: image.virtualSizeBytes, what: `image ${image.name}` }
}

/** What a DataSource points to is known for certain only now: it may have come, or changed, after the disk was admitted. */
async function requireStillAllowed(
  { namespace, asked: { by, from } }: Extract<FillSource, { kind: 'published' }>,
  end: { namespace: string; name: string },
  { client }: EngineServices,
): Promise<void> {
  // Images that lie with the names that stand for them are for everybody; who asks for those is not noted (asker.ts).
  const everybodys = namespace === imageNamespace && end.namespace === imageNamespace
  if (everybodys || end.namespace === from || (by !== undefined && (await mayClone(client, by, end)))) return
  const words = by === undefined ? 'Whoever asked for the disk' : `User ${by.name}`
  throw new EngineError(
    'MissingDependency',
    `${words} has insufficient permissions in clone source namespace ${end.namespace}`,
    { remedy: `It is cloned as soon as they may; or make the disk anew as somebody who may use "${end.name}" there.` },
  )
}

async function claimOrigin(
  { namespace, name }: { namespace: string; name: string },
  services: EngineServices,
): Promise<CloneOrigin> {
  const what = `PersistentVolumeClaim "${namespace}/${name}"`
  const claim = await unlessMissing(services.client.get(persistentVolumeClaims, { namespace, name }))
  if (claim === undefined) {
    throw new EngineError('MissingDependency', `the source ${what} doesn't exist`, {
      remedy: 'It is cloned as soon as it is there.',
    })
  }
  if (keepsFiles(claim)) {
    throw new EngineError('ImportRefused', `${what} keeps files and no disk`, {
      remedy: 'Export it to have its files.',
    })
  }
  const volume = volumeNameFor(claim)
  if (
    claim.metadata.deletionTimestamp !== undefined ||
    claim.status?.phase !== 'Bound' ||
    !(await services.volumes.exists(volume))
  ) {
    throw new EngineError('MissingDependency', `${what} has no volume to clone`, {
      remedy: 'It is cloned as soon as it has one.',
    })
  }
  const [user] = services.usersOfClaim(claim)
  if (user !== undefined) {
    const { name: machine = '' } = user.metadata
    throw new EngineError('VolumeInUse', `the disk of claim "${namespace}/${name}" is in use by machine "${machine}"`, {
      remedy: `It is cloned when the machine is stopped: berth vm stop ${machine} -n ${namespace}`,
    })
  }
  return { kind: 'volume', volume, sizeBytes: requestedBytes(claim), what: `${namespace}/${name}` }
}

async function snapshotOrigin(
  { namespace, name }: { namespace: string; name: string },
  { client }: EngineServices,
): Promise<CloneOrigin> {
  const what = `VolumeSnapshot "${namespace}/${name}"`
  const snapshot = await unlessMissing(client.get(volumeSnapshots, { namespace, name }))
  const content = snapshot?.status?.boundVolumeSnapshotContentName
  const bound =
    content === undefined ? undefined : await unlessMissing(client.get(volumeSnapshotContents, { name: content }))
  const handle = bound?.status?.snapshotHandle
  // The content must say that it is this snapshot's: its name in the snapshot's status alone proves nothing.
  if (
    snapshot === undefined ||
    bound === undefined ||
    handle === undefined ||
    bound.spec.volumeSnapshotRef.uid !== snapshot.metadata.uid
  ) {
    throw new EngineError('MissingDependency', `${what} ${snapshot === undefined ? "doesn't exist" : 'is not ready'}`, {
      remedy: 'It is cloned as soon as it is ready to use.',
    })
  }
  const sizeBytes = bound.status?.restoreSize ?? quantityToBytes(snapshot.status?.restoreSize ?? '0')
  return { kind: 'snapshot', handle, sizeBytes, what: `snapshot ${namespace}/${name}` }
}

/**
 * Size of the disk when the claim names none: that of what it is made from.
 * @throws {EngineError} ImportRefused where only the person can know; as `originOf`
 */
export async function sourceSizeOf(dataVolume: Readonly<DataVolume>, services: EngineServices): Promise<number> {
  const source = sourceOfDataVolume(dataVolume)
  if (source.kind === 'claim' || source.kind === 'snapshot' || source.kind === 'published') {
    return (await originOf(source, services)).sizeBytes
  }
  throw new EngineError('ImportRefused', `DataVolume "${dataVolume.metadata.name ?? ''}" names no size`, {
    remedy: 'Set spec.storage.resources.requests.storage.',
  })
}
