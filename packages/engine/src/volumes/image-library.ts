/** Images that were built or fetched on this host, and the built-in guest. Published to the API as DataSources. */

import {
  buildDebianImage,
  buildTinyGuest,
  ImageCache,
  type CachedImage,
  type DebianRelease,
  type OnProgress,
  type TinyGuest,
} from '@berth/imaging'

export class ImageLibrary {
  readonly #directory: string
  readonly #cache: ImageCache
  #tinyGuest: Promise<TinyGuest> | undefined

  constructor(directory: string) {
    this.#directory = directory
    this.#cache = new ImageCache(directory)
  }

  list(): Promise<CachedImage[]> {
    return this.#cache.list()
  }

  find(name: string): Promise<CachedImage | undefined> {
    return this.#cache.get(name)
  }

  /**
   * The image, built from Debian's packages when it is not there.
   * @throws {ImagingError} as buildDebianImage
   */
  buildDebian(request: {
    name: string
    description: string
    release: DebianRelease
    signal: AbortSignal
    onProgress: OnProgress
  }): Promise<CachedImage> {
    const { name, description, release, signal, onProgress } = request
    return this.#cache.ensure({
      name,
      description,
      signal,
      build: (target) => buildDebianImage({ release, target, signal, onProgress }),
    })
  }

  /** Made once; a failure is not remembered, so that a later call can do better (the network came back). */
  tinyGuest(onProgress?: OnProgress): Promise<TinyGuest> {
    this.#tinyGuest ??= buildTinyGuest({
      directory: this.#directory,
      ...(onProgress === undefined ? {} : { onProgress }),
    }).catch((error: unknown) => {
      this.#tinyGuest = undefined
      throw error
    })
    return this.#tinyGuest
  }
}
