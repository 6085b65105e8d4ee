/** Fills a volume from its source. What the volume shows is whole, or not there. */

import { createHash } from 'node:crypto'
import { createImage, importImage } from '@berth/imaging'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'
import { asQuantity, noRoomFor } from '../capacity.ts'
import { mostImageBytes, requestedBytes, volumeNameFor } from '../claim-volume.ts'
import type { Placement } from '../volume-types.ts'
import { fetchImage, partsToKeep, type RemoteSource } from './fetch-image.ts'
import { originOf, type CloneOrigin, type FillSource } from './fill-source.ts'
import { openScratch, removeScratch } from './scratch.ts'

export interface FillRequest {
  claim: Readonly<PersistentVolumeClaim>
  source: Exclude<FillSource, { kind: 'upload' }>
  placement: Required<Placement>
  services: EngineServices
  signal: AbortSignal
  /** `share` is 0 to 1, undefined while nobody knows. */
  report: (activity: string, share?: number) => void
}

/** The claim went while its volume was being made: nobody waits for it any more. */
export class ClaimGone extends Error {}

/** Of the bar, what bringing the image takes; checking and converting it is the rest. */
const fetchShare = 0.9

/**
 * @throws {ImagingError} why the image cannot be had or used
 * @throws {EngineError} MissingDependency, VolumeInUse, ImportRefused, and those of the store
 */
export async function fillVolume(request: FillRequest): Promise<void> {
  const { source } = request
  // A clone that lies on its source's images takes none.
  const isClone = source.kind === 'claim' || source.kind === 'snapshot' || source.kind === 'published'
  if (!isClone || request.placement.format === 'raw') await requireRoom(request)
  switch (source.kind) {
    case 'blank':
      return makeBlank(request)
    case 'http':
    case 's3':
    case 'gcs':
    case 'registry':
      return importRemote(source, request)
    case 'claim':
    case 'snapshot':
    case 'published':
      return cloneFrom(await originOf(source, request.services), request)
  }
}

/** What can't fit is not begun: a disk that is full half-way would take the other machines with it. */
async function requireRoom({ claim, placement, services }: FillRequest): Promise<void> {
  const bytes = requestedBytes(claim)
  const trouble = await noRoomFor(services, { storage: placement.storage, bytes, what: 'the disk' })
  if (trouble !== undefined) throw new EngineError('StorageFull', trouble)
}

async function makeBlank(request: FillRequest): Promise<void> {
  const { claim, placement, services } = request
  await services.volumes.populate(volumeNameFor(claim), placement, async (path) => {
    await createImage({ path, format: placement.format, sizeBytes: requestedBytes(claim) })
    await requireClaim(request)
  })
}

async function importRemote(source: RemoteSource, request: FillRequest): Promise<void> {
  const { claim, placement, services, signal, report } = request
  const volume = volumeNameFor(claim)
  const { paths, volumes } = services
  const folder = await openScratch(paths.imports, volume, partsToKeep(source))
  const verb = source.kind === 'registry' ? 'Pulling' : 'Downloading'
  report(verb)
  const fetched = await fetchImage({
    source,
    namespace: claim.metadata.namespace ?? '',
    folder,
    maxBytes: mostImageBytes(claim),
    services,
    signal,
    onProgress: (share) => report(verb, share === undefined ? undefined : share * fetchShare),
  })
  const convert = async (path: string, size: { keepsSize?: true } = {}): Promise<void> => {
    await importImage({
      source: fetched.path,
      target: { path, format: placement.format },
      sizeBytes: requestedBytes(claim),
      ...size,
      scratch: folder,
      what: fetched.what,
      signal,
      onProgress: ({ step, done = 0, total = 0 }) =>
        report(step, total === 0 ? undefined : fetchShare + (1 - fetchShare) * Math.min(1, done / total)),
    })
    await requireClaim(request)
  }
  if (fetched.digest === undefined || placement.format === 'raw') await volumes.populate(volume, placement, convert)
  else {
    // Many disks are made from one image of a registry: it is converted for the first, and the others lie on the same.
    const digest = createHash('sha256').update(`disk of container image ${fetched.digest}`).digest('hex')
    const base = { digest, fill: (path: string) => convert(path, { keepsSize: true }) }
    await volumes.clone(volume, { ...placement, from: { base }, sizeBytes: requestedBytes(claim), signal })
    await removeUnlessClaimed(request)
  }
  await removeScratch(paths.imports, volume)
}

async function cloneFrom(origin: CloneOrigin, request: FillRequest): Promise<void> {
  const { claim, placement, services, signal, report } = request
  const sizeBytes = requestedBytes(claim)
  if (origin.sizeBytes > sizeBytes) {
    throw new EngineError(
      'ImportRefused',
      `${origin.what} holds a disk of ${asQuantity(origin.sizeBytes)} (${origin.sizeBytes} bytes), more than the ${asQuantity(sizeBytes)} (${sizeBytes} bytes) asked for`,
      { remedy: `Ask for at least ${Math.ceil(origin.sizeBytes / 1024 ** 2)}Mi of storage.` },
    )
  }
  await requireClaim(request)
  const volume = volumeNameFor(claim)
  await services.volumes.clone(volume, {
    ...placement,
    from: placeOf(origin),
    sizeBytes,
    signal,
    onProgress: (share) => report(`Copying ${origin.what}`, share),
  })
  await removeUnlessClaimed(request)
}

/** It went after it was asked for: nobody else would remove the volume. */
async function removeUnlessClaimed(request: FillRequest): Promise<void> {
  await requireClaim(request).catch(async (error: unknown) => {
    await request.services.volumes.remove(volumeNameFor(request.claim))
    throw error
  })
}

function placeOf(origin: CloneOrigin): Parameters<EngineServices['volumes']['clone']>[1]['from'] {
  switch (origin.kind) {
    case 'volume':
      return { volume: origin.volume }
    case 'snapshot':
      return { snapshot: origin.handle }
    case 'image':
      return { image: { path: origin.image.path, digest: `sha256:${origin.image.sha256}` } }
  }
}

/** A claim that goes later takes its disk with it: removing waits until this is over. */
async function requireClaim({ claim, services }: FillRequest): Promise<void> {
  const { namespace = '', name = '' } = claim.metadata
  const now = await unlessMissing(services.client.get(persistentVolumeClaims, { namespace, name }))
  if (now !== undefined && now.metadata.deletionTimestamp === undefined && now.metadata.uid === claim.metadata.uid)
    return
  throw new ClaimGone(`the claim ${namespace}/${name} is gone`)
}
