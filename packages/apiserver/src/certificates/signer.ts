/** The built-in signers: they issue what somebody with the right to has approved, and say so in the request's status. */

import { X509Certificate } from 'node:crypto'
import { messageOf, type Clock, type Logger } from '@berth/base'
import { formatTime, type JsonObject } from '@berth/meta'
import type { Pki } from '../auth/pki.ts'
import { objectAt, objectsAt, textAt, textsAt } from '../core/fields.ts'
import { internalApi, isConflict, isGone, type InternalApi } from '../lifecycle/internal-api.ts'
import { KeyQueue } from '../lifecycle/key-queue.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import type { ApiHandler } from '../transport.ts'
import { expiryOf } from './expiry.ts'
import { requestsCollection } from './parts.ts'
import { readRequest, refusalOf } from './request.ts'
import { clientSigner, nodeClientSigner } from './signers.ts'
import { masters } from './subject.ts'

export interface CertificateSignerOptions {
  store: Store
  handler: ApiHandler
  pki: Pick<Pki, 'signRequest'>
  clock: Clock
  logger: Logger
  /** A number in [0, 1), for the jitter of retries. */
  random: () => number
  /** Longest time a certificate is good for; a year unless given. */
  maxSeconds?: number
}

export interface CertificateSigner {
  stop(): Promise<void>
}

const sweepMs = 60_000
const yearSeconds = 365 * 86_400
const builtIn = [clientSigner, nodeClientSigner]
const requestPath = (name: string): string =>
  `/apis/certificates.k8s.io/v1/certificatesigningrequests/${encodeURIComponent(name)}`

/** Signs approved requests, and removes requests that nobody needs any more. */
export function startCertificateSigner(options: CertificateSignerOptions): CertificateSigner {
  const { store, handler, clock, logger, random } = options
  const stopping = new AbortController()
  const api = internalApi(handler, 'certificate-controller', stopping.signal)
  /** When each request is to be removed, in milliseconds. */
  const due = new Map<string, number>()
  const queue = new KeyQueue({
    name: 'certificates',
    workers: 2,
    clock,
    logger,
    random,
    reconcile: (name) => reconcile(name, { options, api, due }),
  })
  const { items, revision } = store.list(requestsCollection)
  for (const { key } of items) queue.add(key)
  const watch = store.watch(requestsCollection, { from: revision }, ({ key, type }) => {
    if (type === 'put') queue.add(key)
    else due.delete(key)
  })
  let cancel = clock.after(sweepMs, sweep)
  function sweep(): void {
    const now = clock.now().getTime()
    for (const [name, time] of due) if (time <= now) queue.add(name)
    cancel = clock.after(sweepMs, sweep)
  }
  return {
    async stop() {
      watch.close()
      cancel()
      await queue.stop()
      stopping.abort()
    },
  }
}

async function reconcile(
  name: string,
  { options, api, due }: { options: CertificateSignerOptions; api: InternalApi; due: Map<string, number> },
): Promise<void> {
  const stored = options.store.get(requestsCollection, name)
  if (stored === undefined) return
  const request = decodeStored(stored.value)
  const expiry = expiryOf(request).getTime()
  due.set(name, expiry)
  try {
    if (expiry <= options.clock.now().getTime()) {
      await api.call({ method: 'DELETE', path: requestPath(name) })
      return
    }
    if (wantsSigning(request)) await sign(request, options, api)
  } catch (error) {
    // Gone, or changed: the change is an event of its own.
    if (!isGone(error) && !isConflict(error)) throw error
  }
}

function wantsSigning(request: ApiObject): boolean {
  const status = objectAt(request, 'status')
  const has = (type: string): boolean => objectsAt(status, 'conditions').some((each) => textAt(each, 'type') === type)
  return (
    builtIn.includes(textAt(objectAt(request, 'spec'), 'signerName')) &&
    has('Approved') &&
    !has('Denied') &&
    !has('Failed') &&
    textAt(status, 'certificate') === ''
  )
}

async function sign(request: ApiObject, options: CertificateSignerOptions, api: InternalApi): Promise<void> {
  const name = request.metadata.name ?? ''
  const outcome = await issue(request, options)
  const status = objectAt(request, 'status') ?? {}
  const changed: JsonObject =
    'certificate' in outcome
      ? { ...status, certificate: Buffer.from(outcome.certificate).toString('base64') }
      : { ...status, conditions: [...objectsAt(status, 'conditions'), failure(outcome.refusal, options.clock.now())] }
  if ('refusal' in outcome) options.logger.warn({ request: name, reason: outcome.refusal }, 'certificate not issued')
  await api.call({ method: 'PUT', path: `${requestPath(name)}/status`, body: { ...request, status: changed } })
}

function failure(message: string, now: Date): JsonObject {
  const time = formatTime(now)
  return {
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message,
    lastUpdateTime: time,
    lastTransitionTime: time,
  }
}

async function issue(
  request: ApiObject,
  { pki, maxSeconds = yearSeconds }: CertificateSignerOptions,
): Promise<{ certificate: string } | { refusal: string }> {
  const spec = objectAt(request, 'spec')
  const usages = textsAt(spec, 'usages')
  const pem = Buffer.from(textAt(spec, 'request'), 'base64')
  const read = await readRequest(pem)
  const refusal = 'problem' in read ? read.problem : refusalOf(textAt(spec, 'signerName'), read, usages)
  if (refusal !== undefined) return { refusal }
  const asked = spec?.['expirationSeconds']
  const seconds = Math.min(typeof asked === 'number' ? asked : maxSeconds, maxSeconds)
  try {
    const certificate = await pki.signRequest({ request: pem.toString('latin1'), usages, seconds })
    // Read again with the library that reads it at sign-in: two readers of one subject must not see two.
    const organizations = [new X509Certificate(certificate).toLegacyObject().subject.O ?? []].flat()
    if (organizations.includes(masters)) return { refusal: `nobody is made a member of ${masters} by a request` }
    return { certificate }
  } catch (error) {
    return { refusal: `the request cannot be signed: ${messageOf(error)}` }
  }
}
