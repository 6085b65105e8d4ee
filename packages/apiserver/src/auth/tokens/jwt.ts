/** The parts of a JSON Web Token before anybody has checked it: good for choosing who checks, for nothing else. */

import { isJsonObject, type JsonObject } from '@berth/meta'
import { textAt } from '../../core/fields.ts'

/** What is said of a token that this server did not make, or that was changed. */
export const invalidToken = 'invalid bearer token'

/** Longer texts are not looked at. */
export const maxTokenLength = 16_384

/** What the token says its issuer is; undefined when it is no token. */
export function claimedIssuer(token: string): string | undefined {
  const [, payload, signature] = token.length > maxTokenLength ? [] : token.split('.', 4)
  if (payload === undefined || signature === undefined) return undefined
  const issuer = decoded(payload)?.['iss']
  return typeof issuer === 'string' ? issuer : undefined
}

/** @throws Error when it is no token */
export function readHeader(token: string): { alg: string; kid: string | undefined } {
  const header = decoded(token.split('.', 1)[0] ?? '')
  if (header === undefined) throw new Error('it is not a JSON Web Token')
  const kid = textAt(header, 'kid')
  return { alg: textAt(header, 'alg'), kid: kid === '' ? undefined : kid }
}

/** @throws Error when the bytes are no object */
export function readClaims(payload: Uint8Array): JsonObject {
  const claims: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
  if (!isJsonObject(claims)) throw new Error('its claims are not an object')
  return claims
}

function decoded(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
