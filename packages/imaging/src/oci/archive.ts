/** Reads a tar archive of images: an OCI layout in a file, or what `docker save` writes. */

import { open, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { fileChecksum } from '../checksum.ts'
import { ImagingError } from '../errors.ts'
import { digestOf, parseDigest, requireDigest } from './digest.ts'
import { readLayer } from './layer.ts'
import { layoutImages, readSmall } from './layout.ts'
import { isObject, mediaTypes, type Descriptor } from './manifest.ts'
import type { ImageSource, SourceImage } from './image-source.ts'

/** More than any set of images that is carried in a file. */
const maxArchiveBytes = 2 * 1024 ** 4
const maxMembers = 20_000

/** What archives of images have in them; everything else is passed over. */
const memberPattern =
  /^(?:index\.json|manifest\.json|blobs\/(?:sha256\/[0-9a-f]{64}|sha512\/[0-9a-f]{128})|[0-9a-f]{64}\.(?:json|tar)|[0-9a-f]{64}\/layer\.tar)$/

/**
 * @param staging a folder of the caller's own, where the members go under names of ours
 * @throws {ImagingError} UnknownFormat, CorruptData, TooLarge, Aborted
 */
export async function openArchive(path: string, staging: string, signal?: AbortSignal): Promise<ImageSource> {
  const members = await unpack(path, staging, signal)
  const index = members.get('index.json')
  if (index !== undefined) return fromLayout(path, members, await readSmall(index))
  const list = members.get('manifest.json')
  if (list !== undefined) return fromDocker({ path, members, list: await readSmall(list), staging, signal })
  throw new ImagingError(
    'UnknownFormat',
    `${path} is no archive of images: it has neither index.json nor manifest.json`,
  )
}

async function unpack(path: string, staging: string, signal: AbortSignal | undefined): Promise<Map<string, string>> {
  const members = new Map<string, string>()
  const links = new Map<string, string>()
  await readLayer({
    path,
    what: path,
    maxBytes: maxArchiveBytes,
    ...(signal === undefined ? {} : { signal }),
    async onEntry(entry, content) {
      const name = entry.path.replace(/^(?:\.\/)+/, '')
      if (!memberPattern.test(name)) return
      if (members.size + links.size >= maxMembers)
        throw new ImagingError('TooLarge', `${path} has over ${maxMembers} parts`)
      // Docker stores equal layers once, and links the others to it.
      if (entry.type === 'symlink') links.set(name, posix.join(posix.dirname(name), entry.target))
      else if (entry.type === 'link') links.set(name, entry.target.replace(/^(?:\.\/)+/, ''))
      if (entry.type !== 'file') return
      const target = join(staging, String(members.size))
      const file = await open(target, 'wx', 0o600)
      try {
        for await (const chunk of content) await file.write(chunk)
      } finally {
        await file.close()
      }
      members.set(name, target)
    },
  })
  for (const [name, target] of links) {
    const file = members.get(target)
    if (file !== undefined) members.set(name, file)
  }
  return members
}

function fromLayout(path: string, members: ReadonlyMap<string, string>, index: Buffer): ImageSource {
  const blob = (digest: string): string => {
    const { algorithm, hex } = parseDigest(digest)
    const file = members.get(`blobs/${algorithm}/${hex}`)
    if (file === undefined) throw new ImagingError('NotFound', `${path} lacks ${digest}`)
    return file
  }
  return {
    images: layoutImages(index, path),
    blob,
    async manifest(digest) {
      const bytes = await readSmall(blob(digest))
      requireDigest(`a manifest in ${path}`, bytes, digest)
      return bytes
    },
  }
}

/** docker's own format has no manifest of the kind registries have: one is made, of the same layers. */
async function fromDocker(archive: {
  path: string
  members: ReadonlyMap<string, string>
  list: Buffer
  staging: string
  signal: AbortSignal | undefined
}): Promise<ImageSource> {
  const { path, members, list, signal } = archive
  const manifests = new Map<string, Buffer>()
  const blobs = new Map<string, string>()
  const images: SourceImage[] = []
  const known = new Map<string, Descriptor>()

  const describe = async (member: unknown, mediaType: string): Promise<Descriptor> => {
    const file = typeof member === 'string' ? members.get(member.replace(/^(?:\.\/)+/, '')) : undefined
    if (file === undefined) throw new ImagingError('NotFound', `${path} lacks ${JSON.stringify(member)}`)
    const before = known.get(file)
    if (before !== undefined) return before
    const digest = `sha256:${await fileChecksum(file, 'sha256', signal)}`
    const { size } = await stat(file)
    blobs.set(digest, file)
    const descriptor = { mediaType, digest, size }
    known.set(file, descriptor)
    return descriptor
  }

  for (const entry of readList(list, path)) {
    const config = await describe(entry.config, mediaTypes.ociConfig)
    const layers: Descriptor[] = []
    for (const layer of entry.layers) layers.push(await describe(layer, mediaTypes.ociTarLayer))
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }))
    const digest = digestOf(bytes)
    manifests.set(digest, bytes)
    images.push({ digest, names: entry.names })
  }
  return {
    images,
    blob(digest) {
      const file = blobs.get(digest)
      if (file === undefined) throw new ImagingError('NotFound', `${path} lacks ${digest}`)
      return file
    },
    async manifest(digest) {
      const bytes = manifests.get(digest)
      if (bytes === undefined) throw new ImagingError('NotFound', `${path} lacks ${digest}`)
      return bytes
    },
  }
}

interface DockerImage {
  config: unknown
  layers: unknown[]
  names: string[]
}

function readList(bytes: Buffer, path: string): DockerImage[] {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new ImagingError('UnknownFormat', `manifest.json of ${path} is not JSON`, { cause })
  }
  if (!Array.isArray(value)) throw new ImagingError('UnknownFormat', `manifest.json of ${path} is no list`)
  return value.map((entry: unknown): DockerImage => {
    if (!isObject(entry) || !Array.isArray(entry['Layers'])) {
      throw new ImagingError('UnknownFormat', `manifest.json of ${path} has an image without layers`)
    }
    const tags: unknown[] = Array.isArray(entry['RepoTags']) ? entry['RepoTags'] : []
    return {
      config: entry['Config'],
      layers: entry['Layers'],
      names: tags.filter((tag): tag is string => typeof tag === 'string'),
    }
  })
}
