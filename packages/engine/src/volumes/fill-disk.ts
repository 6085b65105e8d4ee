/** Fills a new disk from a DataVolume's source. Whatever comes from outside is inspected before anything else reads it. */

import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type DataVolume, dataSources } from '@berth/api'
import {
  convertImage,
  createImage,
  download,
  ImagingError,
  inspectUntrusted,
  resizeImage,
  type CachedImage,
} from '@berth/imaging'
import { StatusError, unlessMissing } from '@berth/meta'
import { configMaps, persistentVolumeClaims, secrets, type PersistentVolumeClaim } from '@berth/kube'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { requestedBytes } from './claim-controller.ts'
import { imageNamespace } from './image-publisher.ts'

export interface FillRequest {
  dataVolume: Readonly<DataVolume>
  services: EngineServices
  /** Where the qcow2 is to be written; nothing is there yet. */
  path: string
  sizeBytes: number
  signal: AbortSignal
  /** `share` is 0 to 1, undefined while nobody knows. */
  report: (activity: string, share: number | undefined) => void
}

/** More than any disk a host of ours holds; stops an endless stream. */
const maxDownloadBytes = 16 * 1024 ** 4

export async function fillDisk(request: FillRequest): Promise<void> {
  const { source, sourceRef } = request.dataVolume.spec
  if (sourceRef !== undefined) return fillFromImage(await imageOf(request.dataVolume, request.services), request)
  if (source?.http !== undefined) return fillFromHttp(source.http, request)
  if (source?.pvc !== undefined) return fillFromClaim(await sourceClaimOf(source.pvc, request.services), request)
  if (source?.blank !== undefined)
    return createImage({ path: request.path, format: 'qcow2', sizeBytes: request.sizeBytes })
  throw new EngineError(
    'ImportRefused',
    `DataVolume "${request.dataVolume.metadata.name ?? ''}" has no source that this engine knows`,
  )
}

/** Size of the disk when the claim names none: that of the image or claim it is made from. */
export async function sourceSizeOf(dataVolume: Readonly<DataVolume>, services: EngineServices): Promise<number> {
  const { pvc } = dataVolume.spec.source ?? {}
  if (pvc !== undefined) return requestedBytes(await sourceClaimOf(pvc, services))
  if (dataVolume.spec.sourceRef === undefined) {
    throw new EngineError('ImportRefused', `DataVolume "${dataVolume.metadata.name ?? ''}" names no size`, {
      remedy: 'Set spec.storage.resources.requests.storage.',
    })
  }
  return (await imageOf(dataVolume, services)).virtualSizeBytes
}

async function imageOf(dataVolume: Readonly<DataVolume>, services: EngineServices): Promise<CachedImage> {
  const { name = '', namespace = dataVolume.metadata.namespace ?? '' } = dataVolume.spec.sourceRef ?? {}
  const published = services.client.get(dataSources, { namespace, name }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof StatusError && error.code === 'NotFound') return false
      throw error
    },
  )
  const image = (await published) && namespace === imageNamespace ? await services.images.find(name) : undefined
  if (image === undefined) {
    throw new EngineError('MissingDependency', `DataSource "${namespace}/${name}" has no image on this host`, {
      remedy: `See what there is with \`berth image list\`; \`berth image build debian-12\` makes one.`,
    })
  }
  return image
}

async function fillFromImage(image: CachedImage, request: FillRequest): Promise<void> {
  const { path, sizeBytes, signal, report } = request
  refuseTooSmall(image.name, image.virtualSizeBytes, sizeBytes)
  await convertImage({
    source: { path: image.path, format: 'qcow2' },
    target: { path, format: 'qcow2' },
    signal,
    onProgress: ({ done, total }) => report(`Copying image ${image.name}`, shareOf(done, total)),
  })
  if (sizeBytes > image.virtualSizeBytes) await resizeImage({ path, format: 'qcow2', sizeBytes })
}

/**
 * The claim to copy: with a volume, and with no machine that writes to it meanwhile.
 * @throws {EngineError} MissingDependency, VolumeInUse: in both cases trying again may do
 */
async function sourceClaimOf(
  { namespace, name }: { namespace: string; name: string },
  services: EngineServices,
): Promise<PersistentVolumeClaim> {
  const claim = await unlessMissing(services.client.get(persistentVolumeClaims, { namespace, name }))
  if (claim?.spec.volumeName === undefined || claim.metadata.deletionTimestamp !== undefined) {
    throw new EngineError('MissingDependency', `PersistentVolumeClaim "${namespace}/${name}" has no volume to copy`, {
      remedy: 'It is copied as soon as it has one.',
    })
  }
  const [user] = services.usersOfClaim(claim)
  if (user !== undefined) {
    const { name: machine = '' } = user.metadata
    throw new EngineError('VolumeInUse', `the disk of claim "${namespace}/${name}" is in use by machine "${machine}"`, {
      remedy: `It is copied when the machine is stopped: berth vm stop ${machine} -n ${namespace}`,
    })
  }
  return claim
}

async function fillFromClaim(claim: PersistentVolumeClaim, request: FillRequest): Promise<void> {
  const { path, sizeBytes, signal, report, services } = request
  const { namespace = '', name = '' } = claim.metadata
  const bytes = requestedBytes(claim)
  refuseTooSmall(`of claim ${namespace}/${name}`, bytes, sizeBytes)
  await convertImage({
    source: await services.volumes.images(claim.spec.volumeName ?? ''),
    target: { path, format: 'qcow2' },
    signal,
    onProgress: ({ done, total }) => report(`Copying ${namespace}/${name}`, shareOf(done, total)),
  })
  if (sizeBytes > bytes) await resizeImage({ path, format: 'qcow2', sizeBytes })
}

async function fillFromHttp(
  http: NonNullable<NonNullable<DataVolume['spec']['source']>['http']>,
  request: FillRequest,
): Promise<void> {
  const { dataVolume, services, path, sizeBytes, signal, report } = request
  const fetched = join(dirname(path), 'download')
  const namespace = dataVolume.metadata.namespace ?? ''
  const [authorization, ca] = await Promise.all([credentials(), certificates()])
  try {
    // As it may be shown: the address itself can hold a password or a signature.
    const { source } = await download({
      url: http.url,
      target: fetched,
      maxBytes: maxDownloadBytes,
      signal,
      ...(http.checksum === undefined ? {} : { checksum: http.checksum }),
      ...(authorization === undefined ? {} : { headers: { authorization } }),
      ...(ca === undefined ? {} : { ca }),
      // Converting takes the last tenth of the bar.
      onProgress: ({ done, total }) => report('Downloading', scale(shareOf(done, total), 0, 0.9)),
    })
    const image = await inspectUntrusted(fetched).catch((error: unknown) => {
      throw named(error, fetched, source)
    })
    refuseTooSmall(source, image.virtualSizeBytes, sizeBytes)
    await convertImage({
      source: { path: fetched, format: image.format },
      target: { path, format: 'qcow2' },
      signal,
      onProgress: ({ done, total }) => report('Converting', scale(shareOf(done, total), 0.9, 1)),
    })
    if (sizeBytes > image.virtualSizeBytes) await resizeImage({ path, format: 'qcow2', sizeBytes })
  } finally {
    await rm(fetched, { force: true })
  }

  async function credentials(): Promise<string | undefined> {
    if (http.secretRef === undefined) return undefined
    const { data = {} } = await services.client.get(secrets, { namespace, name: http.secretRef })
    const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8')
    return `Basic ${Buffer.from(`${text('accessKeyId')}:${text('secretKey')}`).toString('base64')}`
  }

  async function certificates(): Promise<string | undefined> {
    if (http.certConfigMap === undefined) return undefined
    const { data = {} } = await services.client.get(configMaps, { namespace, name: http.certConfigMap })
    return Object.values(data).join('\n')
  }
}

/** The image's owner knows its address, not where it lies on this host. */
function named(error: unknown, path: string, url: string): unknown {
  if (!(error instanceof ImagingError)) return error
  const { code, remedy, message } = error
  return new ImagingError(code, message.replaceAll(path, url), {
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  })
}

function refuseTooSmall(what: string, imageBytes: number, diskBytes: number): void {
  if (imageBytes <= diskBytes) return
  throw new EngineError(
    'ImportRefused',
    `the image ${what} holds a disk of ${imageBytes} bytes, more than the ${diskBytes} asked for`,
    {
      remedy: `Ask for at least ${Math.ceil(imageBytes / 1024 ** 2)}Mi of storage.`,
    },
  )
}

function shareOf(done: number | undefined, total: number | undefined): number | undefined {
  return done === undefined || total === undefined || total === 0 ? undefined : Math.min(1, done / total)
}

function scale(share: number | undefined, from: number, to: number): number | undefined {
  return share === undefined ? undefined : from + share * (to - from)
}
