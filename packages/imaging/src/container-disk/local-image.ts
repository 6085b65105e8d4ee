/** An image as far as this host has it: its manifest for this computer's architecture and the layers that it names. */

import { ImagingError } from '../errors.ts'
import { parseManifest, type Descriptor } from '../oci/manifest.ts'
import { choosePlatform } from '../oci/platform.ts'
import type { BlobStore } from './blob-store.ts'

export interface ImageManifest {
  /** Of the image itself, not of an index that names it. */
  digest: string
  layers: Descriptor[]
  /** All blobs it is made of, with those of the index on the way. */
  parts: string[]
}

/**
 * @param name for messages
 * @param fetch brings a manifest that is not here; without it the image is undefined then
 * @throws {ImagingError} UnknownFormat, NotFound when there is none for this architecture, and what `fetch` throws
 */
export async function readImage(request: {
  digest: string
  name: string
  blobs: BlobStore
  architecture: string
  fetch?: (digest: string) => Promise<Buffer>
}): Promise<ImageManifest | undefined> {
  const { blobs, name, architecture, fetch } = request
  const passed: string[] = []
  let { digest } = request
  // An index may name an index; one is common, two are allowed, more have no reason.
  for (let depth = 0; depth < 3; depth++) {
    const bytes = (await blobs.read(digest)) ?? (await fetch?.(digest))
    if (bytes === undefined) return undefined
    const manifest = parseManifest(bytes, `the manifest of ${name}`)
    passed.push(digest)
    if (manifest.kind === 'image') {
      const parts = [...passed, manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)]
      return { digest, layers: manifest.layers, parts }
    }
    digest = choosePlatform(manifest, architecture, name).digest
  }
  throw new ImagingError('UnknownFormat', `${name} is an index of indexes without end`)
}
