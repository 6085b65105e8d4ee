/**
 * The images of machines on their way: pulled in the background, tried again with kubelet's back-off, told of by kubelet's events.
 * Whoever waits asks again when told so; nothing here blocks a controller.
 */

import { backoffDelay, messageOf, type BackoffPolicy, type Clock, type Logger } from '@berth/base'
import type { VirtualMachineInstance } from '@berth/api'
import type { ContainerImages, ImageContent } from '@berth/imaging'
import { createEventRecorder, keyOf, type Client, type EventRecorder } from '@berth/kube'
import type { KubeObject } from '@berth/meta'
import { pullFailure, type PullFailure } from './pull-failure.ts'
import { pullLogins } from './pull-secrets.ts'
import type { WaitingImage } from './waiting-pod.ts'
import { wantedImages, type WantedImage } from './wanted-images.ts'

export type ImageState =
  | { state: 'ready'; content: ImageContent }
  | { state: 'pulling' }
  /** `retryInMs` is 0 while the next try is under way. */
  | { state: 'failed'; reason: PullFailure['reason'] | 'ImagePullBackOff'; message: string; retryInMs: number }

export interface ImagePullsOptions {
  images: ContainerImages
  client: Client
  clock: Clock
  random: () => number
  logger: Logger
}

interface Entry {
  wanted: WantedImage
  content?: ImageContent
  running: boolean
  failures: number
  failure?: PullFailure
  failedAt: number
  retryAt: number
}

/** kubelet's: 10 seconds, doubled up to five minutes. */
const retryPolicy: BackoffPolicy = { initialMs: 10_000, maxMs: 300_000, factor: 2, jitter: 0 }
/** The failure itself is shown this long, then that it is waited for. */
const failureShownMs = 2000

export class ImagePulls {
  readonly #options: ImagePullsOptions
  readonly #events: EventRecorder
  readonly #entries = new Map<string, Map<string, Entry>>()
  #changed: (key: string) => void = () => {}
  #stopped = false

  constructor(options: ImagePullsOptions) {
    this.#options = options
    this.#events = createEventRecorder({ ...options, component: 'kubelet' })
  }

  /** The cache they all come from, for disks that are made of images. */
  get images(): ContainerImages {
    return this.#options.images
  }

  /** Calls back with the instance's key whenever one of its images has come, or has failed to. */
  onChange(listener: (key: string) => void): void {
    this.#changed = listener
  }

  /**
   * What the images of an instance wait for; undefined when all are there. Begins to pull what is missing.
   * @param pod about which the events are; the instance itself when it is not given
   */
  check(
    instance: Readonly<VirtualMachineInstance>,
    pod?: Readonly<KubeObject>,
  ): { failure?: WaitingImage; recheckMs: number } | undefined {
    const all = wantedImages(instance).map((wanted) => ({ wanted, now: this.look(instance, wanted, pod) }))
    for (const { wanted, now } of all) {
      if (now.state !== 'failed') continue
      const { volume, image } = wanted
      const failure = { volume, image, reason: now.reason, message: now.message }
      return { failure, recheckMs: Math.max(500, Math.min(now.retryInMs, failureShownMs)) }
    }
    return all.every(({ now }) => now.state === 'ready') ? undefined : { recheckMs: 30_000 }
  }

  /** The state of one image of an instance. Begins to pull it when nobody has, or when its time to try again has come. */
  look(instance: Readonly<VirtualMachineInstance>, wanted: WantedImage, pod?: Readonly<KubeObject>): ImageState {
    const uid = instance.metadata.uid ?? ''
    const entries = this.#entries.get(uid) ?? new Map<string, Entry>()
    this.#entries.set(uid, entries)
    const entry = entries.get(wanted.volume) ?? { wanted, running: false, failures: 0, failedAt: 0, retryAt: 0 }
    entries.set(wanted.volume, entry)
    if (entry.content !== undefined) return { state: 'ready', content: entry.content }
    const now = this.#options.clock.now().getTime()
    if (!entry.running && now >= entry.retryAt && !this.#stopped) void this.#pull(entry, instance, pod ?? instance)
    const { failure } = entry
    if (failure === undefined) return { state: 'pulling' }
    const retryInMs = Math.max(0, entry.retryAt - now)
    const waits = failure.reason === 'ErrImagePull' && (entry.running || now - entry.failedAt >= failureShownMs)
    if (!waits) return { state: 'failed', ...failure, retryInMs }
    const message = `Back-off pulling image "${wanted.image}": ErrImagePull: ${failure.message}`
    return { state: 'failed', reason: 'ImagePullBackOff', message, retryInMs }
  }

  /** The run is over, or what it was given is gone. */
  forget({ metadata }: Pick<VirtualMachineInstance, 'metadata'> | { metadata: { uid: string } }): void {
    this.#entries.delete(metadata.uid ?? '')
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#stopped = true
    await this.#options.images.close()
    await this.#events.flush()
  }

  async #pull(entry: Entry, instance: Readonly<VirtualMachineInstance>, about: Readonly<KubeObject>): Promise<void> {
    const { images, clock, logger } = this.#options
    const { wanted } = entry
    const { image, policy, content } = wanted
    entry.running = true
    const began = clock.now().getTime()
    const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      this.#events.record(about, { type, reason, message })
    if (entry.failures > 0) say('Normal', 'BackOff', `Back-off pulling image "${image}"`)
    try {
      const logins = await pullLogins(instance, this.#options)
      let pulling = false
      const found = await images.ensure({
        image,
        policy,
        content,
        logins,
        onProgress: () => {
          if (!pulling) say('Normal', 'Pulling', `Pulling image "${image}"`)
          pulling = true
        },
      })
      if (found.pulledBytes === 0) say('Normal', 'Pulled', `Container image "${image}" already present on machine`)
      else {
        const seconds = Math.max(0, clock.now().getTime() - began) / 1000
        const words = `in ${seconds}s (${seconds}s including waiting). Image size: ${found.pulledBytes} bytes.`
        say('Normal', 'Pulled', `Successfully pulled image "${image}" ${words}`)
      }
      entry.content = found
    } catch (error) {
      if (this.#stopped) return
      const failure = pullFailure(error, wanted)
      entry.failure = failure
      entry.failures += 1
      entry.failedAt = clock.now().getTime()
      entry.retryAt = entry.failedAt + backoffDelay(retryPolicy, entry.failures, this.#options.random())
      say('Warning', 'Failed', `Failed to pull image "${image}": ${failure.message}`)
      say('Warning', 'Failed', `Error: ${failure.reason}`)
      logger.warn({ image, instance: keyOf(instance), error: messageOf(error) }, 'an image could not be had')
    } finally {
      entry.running = false
    }
    this.#changed(keyOf(instance))
  }
}
