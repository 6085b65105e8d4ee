/** Tokens that let their bearer send a disk to one claim, for five minutes. Their form and claims are those of CDI. */

import { createHmac, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto'
import type { Clock } from '@berth/base'
import { isJsonObject, type Json, type JsonObject } from '@berth/meta'

export interface UploadClaim {
  namespace: string
  name: string
  /** Of the claim that the token was made for: a later one of this name has tokens of its own. */
  uid: string
}

/** CDI's, too. */
const issuer = 'cdi-apiserver'
const lifetimeSeconds = 300
const resource = { group: '', version: 'v1', resource: 'persistentvolumeclaims' }
/** Longer texts are not looked at. */
const maxLength = 4096

export class UploadTokens {
  readonly #key: Buffer
  readonly #clock: Pick<Clock, 'now'>

  /**
   * @param secret the key that signs tokens of service accounts. What signs uploads is derived from it, so that neither passes for the
   *   other, and tokens stay good when the engine starts again.
   */
  constructor({ secret, clock }: { secret: KeyObject; clock: Pick<Clock, 'now'> }) {
    const bytes = secret.export({ type: 'pkcs8', format: 'der' })
    this.#key = Buffer.from(hkdfSync('sha256', bytes, '', 'berth: tokens of uploads', 32))
    this.#clock = clock
  }

  issue({ namespace, name, uid }: UploadClaim): string {
    const now = this.#seconds()
    const claims = { operation: 'Upload', name, namespace, resource, params: { uid } }
    const payload = { ...claims, iss: issuer, iat: now, nbf: now, exp: now + lifetimeSeconds }
    const head = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(payload)}`
    return `${head}.${this.#sign(head).toString('base64url')}`
  }

  /** What the token is for; undefined when it is none of ours, or no longer good. */
  read(token: string): UploadClaim | undefined {
    const end = token.lastIndexOf('.')
    if (token.length > maxLength || end < 0) return undefined
    const head = token.slice(0, end)
    const signature = Buffer.from(token.slice(end + 1), 'base64url')
    const expected = this.#sign(head)
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined
    // Ours, from here on.
    const payload = decoded(head.split('.')[1] ?? '')
    if (payload?.['iss'] !== issuer || payload['operation'] !== 'Upload') return undefined
    const { exp, namespace, name, params } = payload
    const uid = isJsonObject(params) ? params['uid'] : undefined
    if (typeof exp !== 'number' || exp <= this.#seconds()) return undefined
    if (typeof namespace !== 'string' || typeof name !== 'string' || typeof uid !== 'string') return undefined
    return { namespace, name, uid }
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest()
  }

  #seconds(): number {
    return Math.floor(this.#clock.now().getTime() / 1000)
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decoded(text: string): JsonObject | undefined {
  const value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Json // of JSON.parse
  return isJsonObject(value) ? value : undefined
}
