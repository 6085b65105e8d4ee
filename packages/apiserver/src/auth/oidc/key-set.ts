/** The keys of one issuer: found through its discovery document, kept, and fetched again when a token names one that is not known. */

import { createPublicKey, type KeyObject } from 'node:crypto'
import { backoffDelay, messageOf, type Clock, type Logger } from '@berth/base'
import { isJsonObject, type JsonObject } from '@berth/meta'
import { textAt } from '../../core/fields.ts'
import { fetchJson } from './fetch-json.ts'
import type { IssuerOptions } from './issuer-options.ts'

export interface KeySetOptions {
  issuer: Pick<IssuerOptions, 'url' | 'discoveryUrl' | 'certificateAuthority'>
  clock: Clock
  logger: Logger
  /** A number in [0, 1), for the jitter of retries. */
  random: () => number
  timeoutMs: number
}

interface IssuerKey {
  readonly kid: string
  /** `RSA`, `EC`. */
  readonly kty: string
  readonly key: KeyObject
}

const maxBytes = 1_048_576
const maxKeys = 100
/** Between two fetches because of unknown keys, so that nobody makes this server ask without end by inventing names. */
const refetchMs = 10_000
/** Keys an issuer has taken back are forgotten within this time. */
const staleMs = 600_000
const retries = { initialMs: 1_000, maxMs: 60_000 }

export class KeySet {
  readonly #options: KeySetOptions
  readonly #closing = new AbortController()
  #keys: readonly IssuerKey[] | undefined
  #keysUrl: string | undefined
  #running: Promise<void> | undefined
  #fetched = -Infinity
  #failures = 0
  #cancelRetry: (() => void) | undefined
  #problem = 'it has not been asked yet'

  constructor(options: KeySetOptions) {
    this.#options = options
  }

  /** Asks the issuer, now and until it answers. */
  start(): void {
    void this.#refresh()
  }

  /** Why there are no keys yet; undefined when there are. */
  get problem(): string | undefined {
    return this.#keys === undefined ? this.#problem : undefined
  }

  /** Keys a token may have been signed with. Waits for the issuer only when it may have new ones. */
  async find(wanted: { kid: string | undefined; kty: string }): Promise<KeyObject[]> {
    const found = this.#matching(wanted)
    const now = this.#options.clock.now().getTime()
    if (this.#keys !== undefined && found.length > 0) {
      // In the background: this token need not wait for it.
      if (now - this.#fetched >= staleMs) void this.#refresh()
      return found
    }
    // Not reached yet: asked again by itself, and nobody waits for it.
    if (this.#keys === undefined) return []
    if (this.#running === undefined && now - this.#fetched < refetchMs) return []
    await this.#refresh()
    return this.#matching(wanted)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#cancelRetry?.()
    await this.#running
  }

  #matching({ kid, kty }: { kid: string | undefined; kty: string }): KeyObject[] {
    const fitting = (this.#keys ?? []).filter((each) => each.kty === kty)
    return (kid === undefined ? fitting : fitting.filter((each) => each.kid === kid)).map(({ key }) => key)
  }

  /** Never rejects; what goes wrong is logged, and tried again. */
  #refresh(): Promise<void> {
    this.#running ??= this.#fetch().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #fetch(): Promise<void> {
    const { issuer, clock, logger, random } = this.#options
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#fetched = clock.now().getTime()
    try {
      this.#keysUrl ??= await this.#discover()
      const { keys } = await this.#get(this.#keysUrl)
      this.#keys = readKeys(Array.isArray(keys) ? keys : [])
      this.#failures = 0
    } catch (error) {
      if (this.#closing.signal.aborted) return
      this.#problem = messageOf(error)
      this.#failures += 1
      // The next time from the start: the issuer may have moved its keys.
      this.#keysUrl = undefined
      logger.warn({ issuer: issuer.url, error: this.#problem }, 'the issuer of tokens cannot be asked')
      // With keys at hand the next token that needs more asks again.
      if (this.#keys !== undefined) return
      const delay = backoffDelay(retries, this.#failures, random())
      this.#cancelRetry = clock.after(delay, () => void this.#refresh())
    }
  }

  async #discover(): Promise<string> {
    const { issuer } = this.#options
    const address = issuer.discoveryUrl ?? `${issuer.url.replace(/\/+$/, '')}/.well-known/openid-configuration`
    const document = await this.#get(address)
    const said = textAt(document, 'issuer')
    if (said !== issuer.url) {
      throw new Error(`${address} is of the issuer ${JSON.stringify(said)}, not of ${JSON.stringify(issuer.url)}`)
    }
    const keys = textAt(document, 'jwks_uri')
    if (URL.parse(keys)?.protocol !== 'https:') throw new Error(`${address} names no https address of keys (jwks_uri)`)
    return keys
  }

  #get(address: string): Promise<JsonObject> {
    const { issuer, timeoutMs } = this.#options
    const { certificateAuthority } = issuer
    return fetchJson(address, { certificateAuthority, timeoutMs, maxBytes, signal: this.#closing.signal })
  }
}

/** Public keys for signatures; what else a set holds (encryption, secrets, kinds not known here) is left out. */
function readKeys(keys: readonly unknown[]): IssuerKey[] {
  return keys.slice(0, maxKeys).flatMap((jwk) => {
    if (!isJsonObject(jwk)) return []
    const kty = textAt(jwk, 'kty')
    const use = textAt(jwk, 'use')
    if ((kty !== 'RSA' && kty !== 'EC') || (use !== '' && use !== 'sig')) return []
    try {
      return [{ kid: textAt(jwk, 'kid'), kty, key: createPublicKey({ key: jwk, format: 'jwk' }) }]
    } catch {
      // One damaged key must not take the others with it.
      return []
    }
  })
}
