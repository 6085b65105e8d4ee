/** Reads an OCI image layout: a directory with `index.json` and `blobs/` (OCI image specification, "Image Layout"). */

import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { ImagingError } from '../errors.ts'
import { parseDigest, requireDigest } from './digest.ts'
import { maxManifestBytes, parseManifest } from './manifest.ts'
import type { ImageSource, SourceImage } from './image-source.ts'

/** @throws {ImagingError} UnknownFormat when the directory is no image layout */
export async function openLayout(directory: string): Promise<ImageSource> {
  const index = await readSmall(join(directory, 'index.json')).catch((cause: unknown) => {
    throw new ImagingError('UnknownFormat', `${directory} is no OCI image layout: it has no index.json`, { cause })
  })
  const blob = (digest: string): string => {
    const { algorithm, hex } = parseDigest(digest)
    return join(directory, 'blobs', algorithm, hex)
  }
  return {
    images: layoutImages(index, directory),
    blob,
    async manifest(digest) {
      const bytes = await readSmall(blob(digest)).catch((cause: unknown) => {
        if (cause instanceof ImagingError) throw cause
        throw new ImagingError('NotFound', `${directory} lacks ${digest}`, { cause })
      })
      requireDigest(`a manifest in ${directory}`, bytes, digest)
      return bytes
    },
  }
}

/** The images that an `index.json` names; entries of one image under several names are one. */
export function layoutImages(index: Buffer, what: string): SourceImage[] {
  const manifest = parseManifest(index, `index.json of ${what}`)
  if (manifest.kind !== 'index') throw new ImagingError('UnknownFormat', `index.json of ${what} is no index`)
  const images = new Map<string, SourceImage>()
  for (const { digest, name } of manifest.manifests) {
    const image = images.get(digest) ?? { digest, names: [] }
    if (name !== undefined) image.names.push(name)
    images.set(digest, image)
  }
  return [...images.values()]
}

/** @throws {ImagingError} TooLarge */
export async function readSmall(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (size > maxManifestBytes) throw new ImagingError('TooLarge', `${path} has ${size} bytes`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}
