/** Tokens of OpenID Connect issuers: whose they are, whether they are good, and who they speak of. */

import { messageOf, type Clock, type Logger } from '@berth/base'
import type { JsonObject } from '@berth/meta'
import type { TokenVerdict } from '../tokens/token-verdict.ts'
import { claimedIssuer, readClaims, readHeader } from '../tokens/jwt.ts'
import { userOfClaims } from './claims.ts'
import { compileExpressions, type Expressions } from './expressions.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { KeySet } from './key-set.ts'

export interface OidcOptions {
  issuers: readonly IssuerOptions[]
  clock: Clock
  logger: Logger
  /** A number in [0, 1), for the jitter of retries. */
  random: () => number
  /** For one question to an issuer; ten seconds unless given. */
  timeoutMs?: number
}

export interface OidcTokens {
  /** True for an issuer of the configuration. */
  issues(issuer: string): boolean
  /** Never rejects. */
  verify(this: void, token: string): Promise<TokenVerdict>
  /** Issuers that could not be asked yet, with the reason. */
  waitingFor(this: void): { issuer: string; problem: string }[]
  close(): Promise<void>
}

/** A token may be for later by as much as clocks differ; its end is its end. */
const notBeforeSlackSeconds = 300
/** Keys tried for a token that names none. */
const maxTries = 8

interface Issuer {
  readonly options: IssuerOptions
  readonly keys: KeySet
}

/**
 * Starts asking the issuers, and does not wait for them: until one has answered, only its own tokens are refused.
 * @throws {OidcError} InvalidConfiguration when an expression does not compile
 */
export async function openOidcTokens(options: OidcOptions): Promise<OidcTokens> {
  const { clock, logger, random, timeoutMs = 10_000 } = options
  const expressions = await compileExpressions(options.issuers)
  const issuers = new Map<string, Issuer>(
    options.issuers.map((issuer) => [
      issuer.url,
      { options: issuer, keys: new KeySet({ issuer, clock, logger, random, timeoutMs }) },
    ]),
  )
  for (const { keys } of issuers.values()) keys.start()
  return {
    issues: (issuer) => issuers.has(issuer),
    async verify(token) {
      const issuer = issuers.get(claimedIssuer(token) ?? '')
      if (issuer === undefined) return { ok: false, reason: 'the token is of no known issuer' }
      try {
        const claims = await signedClaims(token, issuer)
        checkTimes(claims, clock.now())
        const audiences = checkAudience(claims, issuer.options)
        return { ok: true, user: withCredentialId(claims, issuer.options, expressions), audiences }
      } catch (error) {
        return { ok: false, reason: `token of ${issuer.options.url}: ${messageOf(error)}` }
      }
    },
    waitingFor: () =>
      [...issuers.values()].flatMap(({ options: { url }, keys: { problem } }) =>
        problem === undefined ? [] : [{ issuer: url, problem }],
      ),
    async close() {
      await Promise.all([...issuers.values()].map(({ keys }) => keys.close()))
    },
  }
}

async function signedClaims(token: string, { options, keys }: Issuer): Promise<JsonObject> {
  const { alg, kid } = readHeader(token)
  if (!options.algorithms.includes(alg)) throw new Error(`its algorithm ${JSON.stringify(alg)} is not allowed`)
  const candidates = await keys.find({ kid, kty: alg.startsWith('ES') ? 'EC' : 'RSA' })
  if (candidates.length === 0) {
    throw new Error(keys.problem === undefined ? 'it is signed with an unknown key' : `not ready: ${keys.problem}`)
  }
  // Loaded with the first token: a start should not pay for it.
  const { compactVerify } = await import('jose')
  for (const key of candidates.slice(0, maxTries)) {
    try {
      const { payload } = await compactVerify(token, key, { algorithms: [alg] })
      return readClaims(payload)
    } catch {
      // Perhaps another key; when none fits, that is said below.
    }
  }
  throw new Error('its signature is not good')
}

/** @throws Error */
function checkTimes(claims: JsonObject, now: Date): void {
  const seconds = now.getTime() / 1000
  const { exp, nbf } = claims
  if (typeof exp !== 'number') throw new Error('it has no end (exp)')
  if (exp <= seconds) throw new Error('it has expired')
  if (nbf === undefined) return
  if (typeof nbf !== 'number' || nbf > seconds + notBeforeSlackSeconds) throw new Error('it is not valid yet (nbf)')
}

/** @throws Error */
function checkAudience(claims: JsonObject, { audiences }: IssuerOptions): string[] {
  const own = [claims['aud'] ?? []].flat()
  const shared = audiences.filter((each) => own.includes(each))
  if (shared.length === 0) throw new Error('it is for another audience')
  return shared
}

/** Which token it was, as the audit log of the issuer knows it. */
function withCredentialId(claims: JsonObject, issuer: IssuerOptions, expressions: Expressions) {
  const user = userOfClaims(claims, issuer, expressions)
  const { jti } = claims
  if (typeof jti !== 'string' || jti === '') return user
  return { ...user, extra: { ...user.extra, 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] } }
}
