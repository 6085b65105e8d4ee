/** Brings the image of an import to this host, as it is: from a web server, an object store or a registry. */

import { join } from 'node:path'
import { download, downloadS3 } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'
import type { FillSource } from './fill-source.ts'
import { certificatesOf, extraHeaders, importSettings, keyPair, pullSettings, withSystem } from './secrets.ts'

export type RemoteSource = Extract<FillSource, { kind: 'http' | 's3' | 'gcs' | 'registry' }>

export interface FetchImageRequest {
  source: RemoteSource
  namespace: string
  /** For what comes in. */
  folder: string
  /** More is no image of the disk that is wanted. */
  maxBytes: number
  services: EngineServices
  signal: AbortSignal
  onProgress: (share: number | undefined) => void
}

export interface FetchedImage {
  path: string
  /** As it may be shown: an address can hold a password or a signature. */
  what: string
  /** Of what is in it, where that is known beforehand. Whoever gets it has been allowed to have it. */
  digest?: string
}

/**
 * @throws {ImagingError} as `download` and `ContainerImages.ensure`
 * @throws {EngineError} MissingDependency (a secret or config map), ImportRefused
 */
export async function fetchImage(request: FetchImageRequest): Promise<FetchedImage> {
  const { source, services } = request
  const { client } = services
  if (source.kind === 'registry') return fromRegistry(source.registry, request)
  const place = { client, namespace: request.namespace }
  const from = source.kind === 'http' ? source.http : source.kind === 's3' ? source.s3 : source.gcs
  const [{ proxy }, ca] = await Promise.all([
    importSettings(services, process.env),
    certificatesOf(place, from.certConfigMap),
  ])
  const common = { ...optionsOf(request, source.kind === 'http' ? source.http.checksum : undefined), proxy }
  const trusted = withSystem(ca)
  const options = { ...common, ...(trusted === undefined ? {} : { ca: trusted }) }
  if (source.kind === 's3') {
    const pair = await keyPair(place, source.s3.secretRef)
    const credentials =
      pair === undefined
        ? undefined
        : {
            accessKeyId: pair.id,
            secretAccessKey: pair.key,
            ...(pair.token === undefined ? {} : { sessionToken: pair.token }),
          }
    const { path, source: what } = await downloadS3({
      ...options,
      url: source.s3.url,
      ...(credentials === undefined ? {} : { credentials }),
    })
    return { path, what }
  }
  if (source.kind === 'gcs') {
    const { path, source: what } = await download({ ...options, url: openObject(source.gcs.url) })
    return { path, what }
  }
  const headers = await extraHeaders(place, source.http)
  const pair = await keyPair(place, source.http.secretRef)
  const basic = pair === undefined ? undefined : Buffer.from(`${pair.id}:${pair.key}`).toString('base64')
  const { path, source: what } = await download({
    ...options,
    url: source.http.url,
    headers: { ...headers, ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }) },
  })
  return { path, what }
}

const downloadFile = 'download'

/** A brief break is gone over at once; for more, who waits makes room for others, and says why. */
export const briefPatience = { retries: 1, mostWaitMs: 2_000 }

/** What of an earlier try is of use after a power cut: only a checksum tells whether it is as it was written. */
export function partsToKeep(source: RemoteSource): string[] {
  const checked = source.kind === 'http' && (source.http.checksum ?? '') !== ''
  return checked ? [`${downloadFile}.part`, `${downloadFile}.part.json`] : []
}

function optionsOf(
  { folder, maxBytes, signal, onProgress }: FetchImageRequest,
  checksum: string | undefined,
): Omit<Parameters<typeof download>[0], 'url'> {
  return {
    target: join(folder, downloadFile),
    maxBytes,
    resume: true,
    ...briefPatience,
    // It lives for as long as the import: what a power cut takes is brought again.
    sync: false,
    signal,
    ...(checksum === undefined || checksum === '' ? {} : { checksum }),
    onProgress: ({ done, total }) =>
      onProgress(done === undefined || total === undefined || total === 0 ? undefined : Math.min(1, done / total)),
  }
}

/** An object of Google's store that is open to everybody, over plain https. */
function openObject(url: string): string {
  const object = /^gs:\/\/([^/]+\/.+)$/.exec(url)?.[1]
  if (object !== undefined)
    return `https://storage.googleapis.com/${object.split('/').map(encodeURIComponent).join('/')}`
  return url
}

async function fromRegistry(
  source: Extract<RemoteSource, { kind: 'registry' }>['registry'],
  { services, namespace, signal, onProgress }: FetchImageRequest,
): Promise<FetchedImage> {
  const { client, containerImages, importRules } = services
  const image = imageOf(source.url)
  const settings = await pullSettings({ client, namespace, importRules }, { ...source, image })
  const { architecture } = source.platform ?? {}
  const { files, name, digest } = await containerImages.images.ensure({
    image,
    // As the node's container runtime has it, where that is asked for; else as the registry has it now.
    policy: source.pullMethod === 'node' ? 'IfNotPresent' : 'Always',
    content: { kind: 'disk' },
    signal,
    ...settings,
    ...(architecture === undefined || architecture === '' ? {} : { architecture }),
    onProgress: ({ done, total }) =>
      onProgress(done === undefined || total === undefined || total === 0 ? undefined : Math.min(1, done / total)),
  })
  const disk = files.get('disk')
  if (disk === undefined) throw new EngineError('ImportRefused', `the image ${name} has no disk`)
  return { path: disk.path, what: `the disk of ${name}`, digest }
}

/** @throws {EngineError} ImportRefused */
export function imageOf(url: string | undefined): string {
  const image = /^docker:\/\/(\S+)$/i.exec(url ?? '')?.[1]
  if (image !== undefined) return image
  throw new EngineError('ImportRefused', `"${(url ?? '').slice(0, 200)}" does not name an image in a registry`, {
    remedy: 'Write it like docker://quay.io/containerdisks/fedora:40.',
  })
}
