/** Manifests and indexes of images, in OCI's and Docker's media types, parsed from bytes that anybody may have written. */

import { ImagingError } from '../errors.ts'
import { readDigest } from './digest.ts'

export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociTarLayer: 'application/vnd.oci.image.layer.v1.tar',
} as const

/** What a client asks registries for. */
export const acceptedManifests = [
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
  mediaTypes.dockerManifest,
  mediaTypes.dockerIndex,
].join(', ')

/** As registries limit it themselves. */
export const maxManifestBytes = 4 * 1024 * 1024
/** Docker's own limit is 127. */
const maxLayers = 500
const maxManifests = 1000

export interface Descriptor {
  mediaType: string
  digest: string
  /** Bytes. */
  size: number
}

export interface Platform {
  os: string
  architecture: string
  variant?: string
}

export type Manifest =
  | { kind: 'index'; manifests: (Descriptor & { platform?: Platform; name?: string })[] }
  | { kind: 'image'; config: Descriptor; layers: Descriptor[] }

/**
 * @param what names the manifest in errors
 * @throws {ImagingError} UnknownFormat, TooLarge
 */
export function parseManifest(bytes: Uint8Array, what: string): Manifest {
  if (bytes.length > maxManifestBytes) {
    throw new ImagingError('TooLarge', `${what} has ${bytes.length} bytes; the limit is ${maxManifestBytes}`)
  }
  const value = parseObject(bytes, what)
  if (value['schemaVersion'] === 1) {
    throw wrong(what, 'it is in the format of 2015 (schema 1)', 'Push the image again with a current tool.')
  }
  if (Array.isArray(value['manifests'])) {
    if (value['manifests'].length > maxManifests) throw wrong(what, `it lists over ${maxManifests} images`)
    return {
      kind: 'index',
      manifests: value['manifests'].map((entry: unknown) => {
        const platform = platformOf(entry)
        const name = nameOf(entry)
        return {
          ...descriptorOf(entry, what),
          ...(platform === undefined ? {} : { platform }),
          ...(name === undefined ? {} : { name }),
        }
      }),
    }
  }
  if (!Array.isArray(value['layers'])) throw wrong(what, 'it has neither layers nor manifests')
  if (value['layers'].length > maxLayers) throw wrong(what, `it has over ${maxLayers} layers`)
  return {
    kind: 'image',
    config: descriptorOf(value['config'], what),
    layers: value['layers'].map((layer: unknown) => layerOf(layer, what)),
  }
}

function layerOf(value: unknown, what: string): Descriptor {
  const descriptor = descriptorOf(value, what)
  // "Foreign" layers are fetched from addresses that the manifest names: anywhere.
  if (/foreign|nondistributable/.test(descriptor.mediaType) && isObject(value) && Array.isArray(value['urls'])) {
    throw wrong(what, 'one of its layers is kept outside of the registry')
  }
  if (/encrypted/.test(descriptor.mediaType)) throw wrong(what, 'one of its layers is encrypted')
  return descriptor
}

function descriptorOf(value: unknown, what: string): Descriptor {
  if (!isObject(value)) throw wrong(what, 'a descriptor is missing')
  const { mediaType = '', digest, size } = value
  if (readDigest(digest) === undefined || typeof digest !== 'string') throw wrong(what, 'a digest is missing or wrong')
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw wrong(what, 'a size is wrong')
  return { mediaType: typeof mediaType === 'string' ? mediaType : '', digest, size }
}

function platformOf(value: unknown): Platform | undefined {
  const platform = isObject(value) ? value['platform'] : undefined
  if (!isObject(platform)) return undefined
  const { os, architecture, variant } = platform
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined
  return { os, architecture, ...(typeof variant === 'string' ? { variant } : {}) }
}

/** The tag or name that an image layout gives one of its images. */
function nameOf(value: unknown): string | undefined {
  const annotations = isObject(value) ? value['annotations'] : undefined
  if (!isObject(annotations)) return undefined
  const name = annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name']
  return typeof name === 'string' ? name : undefined
}

export function parseObject(bytes: Uint8Array, what: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new ImagingError('UnknownFormat', `${what} is not JSON`, { cause })
  }
  if (!isObject(value)) throw wrong(what, 'it is not an object')
  return value
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(what: string, why: string, remedy?: string): ImagingError {
  const message = `${what} is no image that can be used: ${why}`
  return new ImagingError('UnknownFormat', message, remedy === undefined ? {} : { remedy })
}
