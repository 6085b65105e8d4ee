/** Gets a registry's permission to pull: what its 401 asks for, turned into an `Authorization` header. */

import { ImagingError } from '../errors.ts'
import { parseObject } from '../oci/manifest.ts'
import { parseUrl, showUrl } from '../download/safe-url.ts'
import type { Challenge } from './challenge.ts'
import type { RegistryCredentials } from './credentials.ts'
import type { Ask } from './ask.ts'

export interface Authorization {
  header: string
  /** Milliseconds since 1970; undefined for one that does not expire. */
  expiresAt?: number
}

export interface TokenRequest {
  challenge: Challenge
  credentials: RegistryCredentials | undefined
  /** `repository:library/fedora:pull` */
  scope: string
  /** Of the registry that asks. */
  registry: URL
  ask: Ask
  now: number
}

/** What a token lives when the server does not say (distribution's token specification). */
const defaultLifeSeconds = 60
/** Never more, whatever the server says: a wrong clock on its side must not keep a dead token here. */
const maxLifeSeconds = 3600

/** @throws {ImagingError | RetryableFailure} Refused when there are no credentials, or they are wrong */
export async function authorize(request: TokenRequest): Promise<Authorization> {
  const { challenge, credentials, registry, now } = request
  if (challenge.scheme === 'basic') {
    if (credentials === undefined) throw denied(registry)
    return { header: basic(credentials) }
  }
  const realm = parseUrl(challenge.realm)
  if (registry.protocol === 'https:' && realm.protocol !== 'https:') {
    throw new ImagingError('Refused', `${registry.host} sends to ${showUrl(realm)} for a token, which is not encrypted`)
  }
  const answer = await (credentials?.identityToken === undefined
    ? byGet(realm, challenge, request)
    : byRefresh(realm, challenge, request, credentials.identityToken))
  if (answer.status === 401 || answer.status === 403) throw denied(registry)
  if (answer.status !== 200) {
    throw new ImagingError('Refused', `${showUrl(realm)} answered ${answer.status} when it was asked for a token`)
  }
  const {
    token,
    access_token: accessToken,
    expires_in: expiresIn,
  } = parseObject(answer.body, `the answer of ${showUrl(realm)}`)
  const value = typeof token === 'string' && token !== '' ? token : accessToken
  if (typeof value !== 'string' || !/^[\u0021-\u007e]+$/.test(value)) {
    throw new ImagingError('Refused', `${showUrl(realm)} gave no token`)
  }
  const life = typeof expiresIn === 'number' && expiresIn > 0 ? Math.min(expiresIn, maxLifeSeconds) : defaultLifeSeconds
  return { header: `Bearer ${value}`, expiresAt: now + life * 1000 }
}

type Bearer = Challenge & { scheme: 'bearer' }

function byGet(realm: URL, { service, scope }: Bearer, request: TokenRequest): ReturnType<Ask> {
  const url = new URL(realm)
  if (service !== undefined) url.searchParams.set('service', service)
  url.searchParams.set('scope', scope ?? request.scope)
  const { credentials } = request
  if (credentials !== undefined) url.searchParams.set('account', credentials.username)
  return request.ask({
    url,
    headers: credentials === undefined ? {} : { authorization: basic(credentials) },
  })
}

/** OAuth 2 (RFC 6749, section 6), as registries with identity tokens want it. */
function byRefresh(
  realm: URL,
  { service, scope }: Bearer,
  request: TokenRequest,
  refreshToken: string,
): ReturnType<Ask> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: 'berth',
    service: service ?? '',
    scope: scope ?? request.scope,
  })
  return request.ask({
    url: realm,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  })
}

function basic({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

export function denied(registry: URL): ImagingError {
  return new ImagingError('Refused', `${registry.host} refuses access: the repository is private, or is not there`, {
    remedy: 'Check the name, and name a secret with the credentials in imagePullSecret.',
  })
}
