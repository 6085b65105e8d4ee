/** Reads manifests and layers from a registry (OCI distribution specification, "Pull"). */

import { stat } from 'node:fs/promises'
import type { BackoffPolicy } from '@berth/base'
import { download } from '../download/download.ts'
import { refusal } from '../download/request.ts'
import { RetryableFailure } from '../download/retryable.ts'
import { ImagingError } from '../errors.ts'
import { digestOf, requireDigest } from '../oci/digest.ts'
import { acceptedManifests, type Descriptor } from '../oci/manifest.ts'
import { showReference, type ImageReference } from '../oci/reference.ts'
import type { OnProgress } from '../progress.ts'
import { asker, type Answer, type Ask } from './ask.ts'
import { parseChallenge } from './challenge.ts'
import type { RegistryCredentials } from './credentials.ts'
import { registryUrl, trusted, type RegistrySettings } from './registry-address.ts'
import { authorize, denied, type Authorization } from './token.ts'

export interface RegistryClientOptions {
  reference: ImageReference
  settings?: RegistrySettings
  credentials?: RegistryCredentials
  signal?: AbortSignal
  now?: () => number
  /** Tries after the first, for each question; 3 unless given. */
  retries?: number
  backoff?: BackoffPolicy
  /** As of a download. */
  mostWaitMs?: number
}

export interface FetchedManifest {
  bytes: Buffer
  /** Computed here. */
  digest: string
}

/** A token is taken for dead this long before it is, in milliseconds. */
const marginMs = 5000

/** For one pull: what the registry allows is kept as long as this object. */
export class RegistryClient {
  readonly #options: RegistryClientOptions
  readonly #base: URL
  readonly #ca: string | undefined
  readonly #ask: Ask
  #authorization: Authorization | undefined
  #challenge: string | undefined

  constructor(options: RegistryClientOptions) {
    const { reference, settings = {}, signal, retries, backoff, mostWaitMs } = options
    this.#options = options
    this.#base = registryUrl(reference.registry, settings)
    this.#ca = trusted(settings)
    this.#ask = asker({
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      ...(settings.proxy === undefined ? {} : { proxy: settings.proxy }),
      ...(signal === undefined ? {} : { signal }),
      ...(retries === undefined ? {} : { retries }),
      ...(backoff === undefined ? {} : { backoff }),
      ...(mostWaitMs === undefined ? {} : { mostWaitMs }),
    })
  }

  /**
   * @param name a tag or a digest; the content of a digest is checked against it
   * @throws {ImagingError} NotFound, Refused, ChecksumMismatch, TooLarge, NetworkFailed, ServerFailed, TimedOut, Aborted
   */
  async manifest(name: string): Promise<FetchedManifest> {
    const { reference } = this.#options
    const url = new URL(`${reference.repository}/manifests/${name}`, this.#base)
    const answer = await this.#authorized({ accept: acceptedManifests }, url)
    if (answer.status === 404) {
      throw new ImagingError('NotFound', `${showReference(reference)}: not found`, {
        remedy: 'Check the name and the tag.',
      })
    }
    if (answer.status === 401 || answer.status === 403) throw denied(this.#base)
    if (answer.status !== 200) throw plainFailure(refusal(url, answer.status))
    if (name.includes(':')) requireDigest(`the manifest of ${showReference(reference)}`, answer.body, name)
    return { bytes: answer.body, digest: name.includes(':') ? name : digestOf(answer.body) }
  }

  /**
   * Brings a layer or a configuration to `target`, going on where an earlier try broke off.
   * @throws {ImagingError} as `download`
   */
  async blob(descriptor: Descriptor, target: string, onProgress?: OnProgress): Promise<void> {
    const { reference, signal, settings: { proxy } = {} } = this.#options
    const url = new URL(`${reference.repository}/blobs/${descriptor.digest}`, this.#base)
    const request = {
      url: url.href,
      target,
      checksum: descriptor.digest,
      maxBytes: descriptor.size,
      resume: true,
      headers: () => this.#headers(),
      ...(proxy === undefined ? {} : { proxy }),
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(this.#options.retries === undefined ? {} : { retries: this.#options.retries }),
      ...(this.#options.backoff === undefined ? {} : { backoff: this.#options.backoff }),
      ...(this.#options.mostWaitMs === undefined ? {} : { mostWaitMs: this.#options.mostWaitMs }),
    }
    try {
      await download(request)
    } catch (error) {
      if (!(error instanceof ImagingError && error.code === 'Refused') || this.#challenge === undefined) throw error
      // The permission may have been taken back before its time.
      this.#authorization = undefined
      await download(request)
    }
    const { size } = await stat(target)
    if (size !== descriptor.size) {
      throw new ImagingError('ChecksumMismatch', `layer ${descriptor.digest} has ${size} bytes, not ${descriptor.size}`)
    }
  }

  async #authorized(headers: Record<string, string>, url: URL): Promise<Answer> {
    const answer = await this.#ask({ url, headers: { ...headers, ...(await this.#headers()) } })
    if (answer.status !== 401) return answer
    const challenge = answer.headers['www-authenticate']
    this.#challenge = Array.isArray(challenge) ? challenge.join(', ') : challenge
    this.#authorization = undefined
    const permitted = await this.#headers()
    return permitted['authorization'] === undefined ? answer : this.#ask({ url, headers: { ...headers, ...permitted } })
  }

  /** With a permission that is still good, when the registry has asked for one. */
  async #headers(): Promise<Record<string, string>> {
    const now = (this.#options.now ?? Date.now)()
    const { credentials, reference } = this.#options
    const held = this.#authorization
    if (held !== undefined && (held.expiresAt ?? Infinity) - marginMs > now) return { authorization: held.header }
    const challenge = parseChallenge(this.#challenge)
    if (challenge === undefined) return {}
    try {
      this.#authorization = await authorize({
        challenge,
        credentials,
        scope: `repository:${reference.repository}:pull`,
        registry: this.#base,
        ask: this.#ask,
        now,
      })
    } catch (error) {
      throw plainFailure(error)
    }
    return { authorization: this.#authorization.header }
  }
}

/** The retryable wrapping stays inside of this package. */
function plainFailure(error: unknown): unknown {
  return error instanceof RetryableFailure ? error.failure : error
}
