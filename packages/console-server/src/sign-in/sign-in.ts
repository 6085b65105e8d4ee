/** The ways to sign in, each ending in a session. Every failure looks and takes the same to who guesses. */

import type { Clock } from '@berth/base'
import { createClient, ClientError } from '@berth/kube'
import { StatusError } from '@berth/meta'
import type { SignIn, SignInMethods } from '@berth/view'
import type { Cluster } from '../clusters/cluster.ts'
import { ConsoleError } from '../errors.ts'
import type { ConsoleOptions } from '../options.ts'
import type { LiveSession, Sessions } from '../sessions/sessions.ts'
import type { Accounts } from './accounts.ts'
import { takeCode } from './codes.ts'
import { verifyPassword } from './passwords.ts'
import { beginAttempt, perAccount, perAddress, Throttle } from './throttle.ts'

export interface SignInParts {
  options: Pick<ConsoleOptions, 'signIn' | 'dataDirectory'>
  clusters: readonly Cluster[]
  accounts: Accounts
  sessions: Sessions
  clock: Clock
}

export interface SignInDesk {
  methods(): Promise<SignInMethods>
  /** @throws {ConsoleError} Unauthorized, TooManyRequests, BadRequest, Unavailable */
  signIn(request: SignIn, address: string): Promise<{ id: string; session: LiveSession }>
}

/** Longest token that is tried: as much as a header of a Kubernetes server takes. */
const maxTokenLength = 16 * 1024

export function signInDesk({ options, clusters, accounts, sessions, clock }: SignInParts): SignInDesk {
  const byAccount = new Throttle(clock, perAccount)
  const byAddress = new Throttle(clock, perAddress)
  const wrong = (message: string): ConsoleError => new ConsoleError('Unauthorized', message)
  const nowMs = (): number => clock.now().getTime()
  const { signIn: kind, dataDirectory } = options

  async function withCode(code: string, address: string): Promise<{ id: string; session: LiveSession }> {
    // Nobody guesses one, and it is the way in for who is kept out by others' guesses at passwords: it is not slowed down by those.
    const taken = await takeCode(dataDirectory, { code, nowMs: nowMs() })
    const account = taken?.account === undefined ? undefined : await accounts.get(taken.account)
    const good = taken !== undefined && (kind === 'owner' ? taken.account === undefined : account !== undefined)
    if (!good) {
      beginAttempt([{ throttle: byAddress, key: address }])
      throw wrong('this link was used already, or is too old; ask for a new one')
    }
    if (account === undefined) return sessions.begin({ kind: 'owner' })
    return sessions.begin({ kind: 'account', name: account.name }, { account })
  }

  async function withPassword(
    { user, password }: { user: string; password: string },
    address: string,
  ): Promise<{ id: string; session: LiveSession }> {
    const attempt = beginAttempt([
      { throttle: byAddress, key: address },
      { throttle: byAccount, key: user.slice(0, 64) },
    ])
    const account = await accounts.get(user)
    if (!(await verifyPassword(password, account?.password)) || account === undefined) {
      throw wrong('the user or the password is wrong')
    }
    attempt.succeeded()
    return sessions.begin({ kind: 'account', name: account.name }, { account })
  }

  async function withToken(
    { token, cluster: wanted }: { token: string; cluster: string | undefined },
    address: string,
  ): Promise<{ id: string; session: LiveSession }> {
    const cluster = wanted === undefined ? clusters[0] : clusters.find(({ id }) => id === wanted)
    if (cluster === undefined) throw new ConsoleError('BadRequest', 'cluster: there is none of that name')
    // A header with a line break in it would be another header.
    if (token.length > maxTokenLength || !/^[\x21-\x7E]+$/.test(token)) throw wrong('the token is not valid')
    const attempt = beginAttempt([{ throttle: byAddress, key: address }])
    const user = await whoIs(cluster, token)
    if (user === undefined) throw wrong('the cluster does not accept this token')
    attempt.succeeded()
    return sessions.begin({ kind: 'token', user, cluster: cluster.id }, { token })
  }

  return {
    async methods() {
      return {
        password: kind === 'engine',
        token: kind !== 'owner',
        code: kind !== 'tokens',
        clusters: clusters.map(({ id, name }) => ({ id, name })),
      }
    },
    signIn(request, address) {
      switch (request.method) {
        case 'code':
          if (kind === 'tokens') break
          return withCode(request.code, address)
        case 'password':
          if (kind !== 'engine') break
          return withPassword(request, address)
        case 'token':
          if (kind === 'owner') break
          return withToken({ token: request.token, cluster: request.cluster }, address)
      }
      throw new ConsoleError('BadRequest', `method: nobody signs in with a ${request.method} here`)
    },
  }
}

/** Asks the cluster itself, as that token. Undefined when it is not accepted. */
async function whoIs(cluster: Cluster, token: string): Promise<string | undefined> {
  const client = createClient(cluster.clientFor({ kind: 'token', token }).transport)
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  try {
    const answer = await client.raw({ method: 'POST', path, body })
    return userOf(answer)
  } catch (error) {
    // 403: anonymous people, which is who an unknown token is to some clusters, may not ask.
    if (error instanceof StatusError && (error.httpCode === 401 || error.httpCode === 403)) return undefined
    if (error instanceof ClientError || error instanceof StatusError) {
      throw new ConsoleError(
        'Unavailable',
        `cluster "${cluster.name}" cannot say whose token it is: ${error.message}`,
        {
          cause: error,
        },
      )
    }
    throw error
  }
}

function userOf(review: unknown): string | undefined {
  if (typeof review !== 'object' || review === null || !('status' in review)) return undefined
  const { status } = review
  if (typeof status !== 'object' || status === null || !('userInfo' in status)) return undefined
  const { userInfo } = status
  if (typeof userInfo !== 'object' || userInfo === null || !('username' in userInfo)) return undefined
  const { username } = userInfo
  // A cluster that takes unknown tokens for nobody has signed nobody in.
  return typeof username === 'string' && username !== '' && username !== 'system:anonymous' ? username : undefined
}

/** @throws {ConsoleError} BadRequest with the field */
export function parseSignIn(body: unknown): SignIn {
  const fields: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {}
  const text = (name: string): string => {
    const value = fields[name]
    if (typeof value === 'string' && value !== '') return value
    throw new ConsoleError('BadRequest', `${name}: must be a text that is not empty`)
  }
  const { method, cluster } = fields
  switch (method) {
    case 'code':
      return { method, code: text('code') }
    case 'password':
      return { method, user: text('user'), password: text('password') }
    case 'token':
      return { method, token: text('token').trim(), ...(cluster === undefined ? {} : { cluster: text('cluster') }) }
    default:
      throw new ConsoleError('BadRequest', 'method: must be "code", "password" or "token"')
  }
}
