/**
 * Disks and kernels out of container images: pulled from registries or loaded from files, unpacked once, shared by all machines.
 * One object per data directory and process; everybody who asks for the same thing at the same time waits for the same work.
 */

import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackoffPolicy } from '@berth/base'
import { ImagingError, throwIfAborted } from '../errors.ts'
import { asImagingError, requireFreeBytes, requireReserve } from '../free-space.ts'
import { withLock } from '../lock.ts'
import type { ProxySettings } from '../download/proxy.ts'
import { parseManifest } from '../oci/manifest.ts'
import { parseReference, showReference, type ImageReference } from '../oci/reference.ts'
import { hostArchitecture } from '../oci/platform.ts'
import type { OnProgress } from '../progress.ts'
import { credentialsFor, type RegistryLogins } from '../registry/credentials.ts'
import type { RegistrySettings } from '../registry/registry-address.ts'
import { RegistryClient } from '../registry/registry-client.ts'
import { BlobStore } from './blob-store.ts'
import { collectGarbage } from './collect-garbage.ts'
import { contentKey, ContentCache } from './content-cache.ts'
import type { ContentFile, ContentRequest } from './content.ts'
import { ImageNames, type UsedImage } from './image-names.ts'
import { readImage, type ImageManifest } from './local-image.ts'
import { Turns } from './turns.ts'
import { loadImages, type LoadedImage, type LoadRequest } from './load-images.ts'

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never'

export interface ContainerImagesOptions {
  /** Made when it is needed; other processes may load images into it at the same time. */
  directory: string
  registries?: RegistrySettings
  /** Go's name; this computer's unless given. */
  architecture?: string
  /** Above it, what was used longest ago is removed; 32 GiB unless given. */
  maxCacheBytes?: number
  /** Unpacked bytes of one image, after which unpacking ends; 1 TiB unless given. */
  maxUnpackedBytes?: number
  now?: () => Date
  /** Told when what is not needed could not be removed. */
  onGarbageFailure?: (error: unknown) => void
  /** For each question to a registry; see RegistryClient. */
  retries?: number
  backoff?: BackoffPolicy
  /** Where a registry wants to be waited for longer than this, the pull ends with its answer. */
  mostWaitMs?: number
}

export interface ImageRequest {
  /** As a manifest names it. */
  image: string
  policy: PullPolicy
  content: ContentRequest
  /** Of all pull secrets together. */
  logins?: RegistryLogins
  /** Go's name of the one wanted; the host's unless given. */
  architecture?: string
  /** PEM certificates to trust for this image, beside those of the host. */
  ca?: string
  /** The registry may be reached unencrypted, for this image. */
  insecure?: boolean
  /** That of the registries unless given. */
  proxy?: ProxySettings
  /** Ends the waiting; work that others wait for goes on. */
  signal?: AbortSignal
  /** Told to the first of those who wait for the same work. */
  onProgress?: OnProgress
}

export interface ImageContent {
  /** The whole name. */
  name: string
  /** Of the image's manifest. */
  digest: string
  /** What was brought from the registry for this; 0 when all was here. */
  pulledBytes: number
  /** By `disk`, `kernel` and `initrd`. Link them into a folder of your own before use: unused ones are removed. */
  files: ReadonlyMap<string, ContentFile>
}

/** Bytes between two looks at the room that is left. */
const lookEvery = 64 * 1024 * 1024
/** Unpacking takes a processor and memory for the names of an image: images wait for each other. */
const atOnce = 2

const defaultCacheBytes = 32 * 1024 ** 3
const defaultUnpackedBytes = 1024 ** 4

interface Resolved extends ImageManifest {
  /** Undefined when the registry was not asked. */
  client: RegistryClient | undefined
}

export class ContainerImages {
  readonly #options: ContainerImagesOptions
  readonly #blobs: BlobStore
  readonly #names: ImageNames
  readonly #contents: ContentCache
  readonly #architecture: string
  readonly #stopping = new AbortController()
  readonly #resolving = new Map<string, Promise<Resolved>>()
  readonly #making = new Map<string, Promise<{ files: Map<string, ContentFile>; pulledBytes: number }>>()
  readonly #unpacking = new Turns(atOnce)
  #prepared: Promise<void> | undefined
  #sweeping: Promise<void> = Promise.resolve()
  #sweepWaits = false

  constructor(options: ContainerImagesOptions) {
    const { directory } = options
    this.#options = options
    this.#architecture = options.architecture ?? hostArchitecture()
    this.#blobs = new BlobStore(directory)
    this.#names = new ImageNames(join(directory, 'names'))
    this.#contents = new ContentCache(join(directory, 'contents'))
  }

  /**
   * The files of an image, pulled and unpacked as far as they are not here.
   * @throws {ImagingError} InvalidArgument for the name; NotFound (with policy Never: not on this host), Refused,
   *   ChecksumMismatch, UnknownFormat, HostileImage, TooLarge, NoSpace, NetworkFailed, ServerFailed, TimedOut, Aborted
   */
  async ensure(request: ImageRequest): Promise<ImageContent> {
    const { signal } = request
    throwIfAborted(signal, `pulling ${request.image}`)
    if (signal === undefined) return this.#ensure(request)
    const stopped = Promise.withResolvers<never>()
    const stop = (): void => stopped.reject(new ImagingError('Aborted', `pulling ${request.image} was cancelled`))
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await Promise.race([this.#ensure(request), stopped.promise])
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async #ensure(request: ImageRequest): Promise<ImageContent> {
    const reference = parseReference(request.image)
    this.#prepared ??= this.#contents.removeLeftovers()
    await this.#prepared
    const image = await this.#resolve(reference, request)
    const name = showReference(reference)
    const key = contentKey(image.digest, request.content)
    const now = this.#now()
    await this.#names.touch(name, now)
    const ready = await this.#contents.get(key, now)
    if (ready !== undefined) return { name, digest: image.digest, pulledBytes: 0, files: ready }
    const made = await once(this.#making, key, async () => {
      try {
        return await this.#make({ reference, image, request, key })
      } finally {
        this.#sweep()
      }
    })
    return { name, digest: image.digest, ...made }
  }

  /**
   * What a name means in its registry now: the digest of its manifest or index.
   * @throws {ImagingError} as `ensure`
   */
  async digest(request: Omit<ImageRequest, 'policy' | 'content'>): Promise<string> {
    const reference = parseReference(request.image)
    const { digest } = await this.#client(reference, request).manifest(reference.digest ?? reference.tag ?? 'latest')
    return digest
  }

  /** True when `ensure` would find everything here. */
  async has(request: Pick<ImageRequest, 'image' | 'content'>): Promise<boolean> {
    const image = await this.#local(parseReference(request.image), this.#architecture)
    return image !== undefined && (await this.#complete(image, contentKey(image.digest, request.content)))
  }

  async list(): Promise<UsedImage[]> {
    return this.#names.list()
  }

  /** Machines that run with it keep it. @returns false when there was none */
  async remove(image: string): Promise<boolean> {
    return this.#names.remove(showReference(parseReference(image)))
  }

  /**
   * Takes images from an OCI layout directory, or from an archive as `docker save` and `skopeo copy` write it.
   * @throws {ImagingError} NotFound, UnknownFormat, ChecksumMismatch, InvalidArgument for the name, NoSpace, Aborted
   */
  async load(request: LoadRequest): Promise<LoadedImage[]> {
    return this.#locked(() =>
      loadImages(request, {
        blobs: this.#blobs,
        names: this.#names,
        directory: this.#options.directory,
        architecture: this.#architecture,
        now: this.#now(),
      }),
    )
  }

  /** @returns bytes freed */
  async collectGarbage(): Promise<number> {
    return this.#locked(() =>
      collectGarbage({
        blobs: this.#blobs,
        contents: this.#contents,
        names: this.#names,
        maxBytes: this.#options.maxCacheBytes ?? defaultCacheBytes,
        architecture: this.#architecture,
        now: this.#now(),
      }),
    )
  }

  /** Ends what is under way; half-brought layers are gone on with next time. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled([...this.#resolving.values(), ...this.#making.values()])
    await this.#sweeping
  }

  /** Nobody waits for it, and a failure is no failure of the pull. */
  #sweep(): void {
    if (this.#sweepWaits) return
    this.#sweepWaits = true
    const before = this.#sweeping
    const sweep = async (): Promise<void> => {
      await before
      this.#sweepWaits = false
      if (this.#stopping.signal.aborted) return
      try {
        await this.collectGarbage()
      } catch (error) {
        this.#options.onGarbageFailure?.(error)
      }
    }
    this.#sweeping = sweep()
  }

  #now(): Date {
    return (this.#options.now ?? (() => new Date()))()
  }

  /** `berth image load` is another process. */
  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const { directory } = this.#options
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return withLock({ path: join(directory, '.lock'), what: 'the container images of this host' }, work)
  }

  async #resolve(reference: ImageReference, request: ImageRequest): Promise<Resolved> {
    const { policy, content, logins = [] } = request
    if (policy !== 'Always') {
      const local = await this.#local(reference, request.architecture ?? this.#architecture)
      if (local !== undefined && (await this.#complete(local, contentKey(local.digest, content)))) {
        return { ...local, client: undefined }
      }
      if (policy === 'Never') {
        throw new ImagingError(
          'NotFound',
          `Container image "${request.image}" is not present with pull policy of Never`,
          {
            remedy: 'Load it with `berth image load`, or let it be pulled with imagePullPolicy IfNotPresent.',
          },
        )
      }
    }
    // Who has other credentials asks for himself: one may see what another may not.
    const credentials = credentialsFor(reference, logins)
    const { architecture, ca, insecure } = request
    const asker = createHash('sha256')
      .update(JSON.stringify([credentials ?? null, architecture ?? null, ca ?? null, insecure ?? false]))
      .digest('hex')
    return once(this.#resolving, `${showReference(reference)} ${asker}`, () => this.#ask(reference, request))
  }

  #client(reference: ImageReference, request: Omit<ImageRequest, 'policy' | 'content'>): RegistryClient {
    const { registries = {}, retries, backoff, mostWaitMs } = this.#options
    const { logins = [], ca, insecure = false, proxy } = request
    const credentials = credentialsFor(reference, logins)
    const certificates = [registries.ca, ca].filter((each) => each !== undefined).join('\n')
    return new RegistryClient({
      reference,
      settings: {
        ...registries,
        ...(certificates === '' ? {} : { ca: certificates }),
        ...(proxy === undefined ? {} : { proxy }),
        ...(insecure ? { insecure: [...(registries.insecure ?? []), reference.registry] } : {}),
      },
      signal: this.#stopping.signal,
      ...(credentials === undefined ? {} : { credentials }),
      ...(retries === undefined ? {} : { retries }),
      ...(backoff === undefined ? {} : { backoff }),
      ...(mostWaitMs === undefined ? {} : { mostWaitMs }),
    })
  }

  async #ask(reference: ImageReference, request: ImageRequest): Promise<Resolved> {
    const client = this.#client(reference, request)
    const name = showReference(reference)
    const top = await client.manifest(reference.digest ?? reference.tag ?? 'latest')
    const keep = async (digest: string, bytes: Buffer): Promise<Buffer> => {
      // What is no manifest would lie there for nothing, as often as somebody asks.
      parseManifest(bytes, `the manifest of ${name}`)
      await mkdir(this.#options.directory, { recursive: true, mode: 0o700 })
      requireReserve(this.#options.directory, `pulling ${name}`)
      await this.#blobs.write(digest, bytes)
      return bytes
    }
    await keep(top.digest, top.bytes)
    const image = await readImage({
      digest: top.digest,
      name,
      blobs: this.#blobs,
      architecture: request.architecture ?? this.#architecture,
      fetch: async (digest) => keep(digest, (await client.manifest(digest)).bytes),
    })
    if (image === undefined) throw new ImagingError('Io', `the manifest of ${name} was removed while it was read`)
    const before = await this.#names.get(name)
    if (before?.digest !== top.digest) {
      await this.#names.set({ name, digest: top.digest, source: 'pull', createdAt: this.#now().toISOString() })
    }
    return { ...image, client }
  }

  async #local(reference: ImageReference, architecture: string): Promise<ImageManifest | undefined> {
    const name = showReference(reference)
    // A digest says all: whichever name the image came under.
    const digest = reference.digest ?? (await this.#names.get(name))?.digest
    if (digest === undefined) return undefined
    return readImage({ digest, name, blobs: this.#blobs, architecture })
  }

  async #complete(image: ImageManifest, key: string): Promise<boolean> {
    if ((await this.#contents.get(key, this.#now())) !== undefined) return true
    const there = await Promise.all(image.layers.map(({ digest }) => this.#blobs.has(digest)))
    return there.every(Boolean)
  }

  async #make(work: {
    reference: ImageReference
    image: Resolved
    request: ImageRequest
    key: string
  }): Promise<{ files: Map<string, ContentFile>; pulledBytes: number }> {
    const { reference, image, request, key } = work
    const { directory, maxUnpackedBytes = defaultUnpackedBytes } = this.#options
    const name = showReference(reference)
    try {
      let pulledBytes = 0
      const missing: ImageManifest['layers'] = []
      for (const layer of image.layers) if (!(await this.#blobs.has(layer.digest))) missing.push(layer)
      const total = missing.reduce((sum, { size }) => sum + size, 0)
      if (total > 0) await requireFreeBytes(directory, total, `pulling ${name}`)
      if (total > 0) requireReserve(directory, `pulling ${name}`)
      // Once each: empty layers often come up more than once.
      for (const layer of new Map(missing.map((each) => [each.digest, each])).values()) {
        if (image.client === undefined) throw new ImagingError('Io', `a layer of ${name} was removed while it was used`)
        const before = pulledBytes
        const target = await this.#blobs.incoming(layer.digest)
        let looked = 0
        await image.client.blob(layer, target, ({ done = 0 }) => {
          // Others fill the disk as well meanwhile, each with what was free when they began.
          if (done - looked >= lookEvery) requireReserve(directory, `pulling ${name}`)
          if (done - looked >= lookEvery) looked = done
          request.onProgress?.({ step: `Pulling ${name}`, done: before + done, total })
        })
        await this.#blobs.keep(layer.digest, target)
        pulledBytes += layer.size
      }
      const now = this.#now()
      for (const part of image.parts) await this.#blobs.touch(part, now)
      request.onProgress?.({ step: `Unpacking ${name}` })
      const files = await this.#unpacking.run(() =>
        this.#contents.make({
          key,
          content: request.content,
          layers: image.layers.map(({ digest }) => ({ digest, path: this.#blobs.path(digest) })),
          name,
          maxBytes: maxUnpackedBytes,
          signal: this.#stopping.signal,
        }),
      )
      return { files, pulledBytes }
    } catch (error) {
      throw asImagingError(error, `pulling ${name}`)
    }
  }
}

/** The promise of this work: the one that is under way, or a new one. */
function once<T>(running: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const before = running.get(key)
  if (before !== undefined) return before
  const promise = work().finally(() => running.delete(key))
  running.set(key, promise)
  return promise
}
