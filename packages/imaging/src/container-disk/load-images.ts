/** Takes images from files of this host: for those without a registry. */

import { randomUUID } from 'node:crypto'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ImagingError } from '../errors.ts'
import { parseReference, showReference } from '../oci/reference.ts'
import { openArchive } from '../oci/archive.ts'
import { openLayout } from '../oci/layout.ts'
import type { ImageSource, SourceImage } from '../oci/image-source.ts'
import type { BlobStore } from './blob-store.ts'
import type { ImageNames } from './image-names.ts'
import { readImage } from './local-image.ts'

export interface LoadRequest {
  /** An OCI layout directory, or a tar archive (OCI or `docker save`; plain, gzip or zstd). */
  from: string
  /** The name it gets; needed when the source names none, and possible when it has one image. */
  as?: string
  signal?: AbortSignal
}

export interface LoadedImage {
  name: string
  digest: string
}

interface Target {
  blobs: BlobStore
  names: ImageNames
  /** For what is unpacked on the way. */
  directory: string
  architecture: string
  now: Date
}

export async function loadImages(request: LoadRequest, target: Target): Promise<LoadedImage[]> {
  const from = resolve(request.from)
  const found = await stat(from).catch((cause: unknown) => {
    throw new ImagingError('NotFound', `there is no image at ${from}`, { cause })
  })
  if (found.isDirectory()) return takeAll(await openLayout(from), request, target)
  const staging = join(target.directory, 'incoming', `load-${randomUUID()}`)
  await mkdir(staging, { recursive: true, mode: 0o700 })
  try {
    return await takeAll(await openArchive(from, staging, request.signal), request, target)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function takeAll(source: ImageSource, request: LoadRequest, target: Target): Promise<LoadedImage[]> {
  const { images } = source
  if (images.length === 0) throw new ImagingError('UnknownFormat', `${request.from} holds no image`)
  if (request.as !== undefined && images.length > 1) {
    throw new ImagingError(
      'InvalidArgument',
      `${request.from} holds ${images.length} images; one name does not fit them`,
      {
        remedy: 'Load it without a name, or save one image by itself.',
      },
    )
  }
  const loaded: LoadedImage[] = []
  for (const image of images) {
    const names = namesOf(image, request)
    const digest = await take(image, { source, request, target, name: names[0] ?? '' })
    for (const name of names) {
      await target.names.set({ name, digest, source: 'load', createdAt: target.now.toISOString() })
      loaded.push({ name, digest })
    }
  }
  return loaded
}

function namesOf(image: SourceImage, { as, from }: LoadRequest): string[] {
  if (as !== undefined) return [showReference(parseReference(as))]
  // A layout may name an image by its tag alone, which is no name.
  const names = image.names.filter((name) => /[/:]/.test(name)).map((name) => showReference(parseReference(name)))
  if (names.length > 0) return [...new Set(names)]
  throw new ImagingError('InvalidArgument', `an image in ${from} has no name`, {
    remedy: 'Give it one: berth image load FILE --as registry.example.com/team/image:tag',
  })
}

async function take(
  image: SourceImage,
  work: { source: ImageSource; request: LoadRequest; target: Target; name: string },
): Promise<string> {
  const { source, request, name } = work
  const { blobs, architecture } = work.target
  const manifest = await readImage({
    digest: image.digest,
    name,
    blobs,
    architecture,
    fetch: async (digest) => {
      const bytes = await source.manifest(digest)
      await blobs.write(digest, bytes)
      return bytes
    },
  })
  if (manifest === undefined) throw new ImagingError('NotFound', `${request.from} lacks the manifest of ${name}`)
  for (const digest of new Set(manifest.parts.slice(manifest.parts.indexOf(manifest.digest) + 1))) {
    if (await blobs.has(digest)) continue
    await blobs.copyIn(digest, source.blob(digest), request.signal)
  }
  return image.digest
}
