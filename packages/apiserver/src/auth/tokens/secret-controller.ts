/**
 * Fills secrets of type `kubernetes.io/service-account-token` with a token of the account they name, the CA and the namespace, and
 * removes them with their account (Kubernetes' tokens controller).
 */

import type { Clock, Logger } from '@berth/base'
import type { KubeObject, JsonObject } from '@berth/meta'
import { objectAt, textAt } from '../../core/fields.ts'
import { internalApi, isConflict, isGone, type InternalApi } from '../../lifecycle/internal-api.ts'
import { KeyQueue } from '../../lifecycle/key-queue.ts'
import { decodeStored } from '../../rest/stored-form.ts'
import type { Store } from '../../storage/store.ts'
import type { ApiHandler } from '../../transport.ts'
import { coreObject, uidIn } from './bound-objects.ts'
import { secretTokenType } from './secret-token.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

export interface TokenSecretsOptions {
  store: Store
  handler: ApiHandler
  tokens: Pick<ServiceAccountTokens, 'issueForSecret'>
  /** PEM. */
  caCertificate: string
  clock: Clock
  logger: Logger
  /** A number in [0, 1), for the jitter of retries. */
  random: () => number
}

const secrets = 'core/secrets'
const nameAnnotation = 'kubernetes.io/service-account.name'
const uidAnnotation = 'kubernetes.io/service-account.uid'

export function startTokenSecrets(options: TokenSecretsOptions): { stop(): Promise<void> } {
  const { store, clock, logger, random } = options
  const stopping = new AbortController()
  const api = internalApi(options.handler, 'tokens-controller', stopping.signal)
  const reconcile = (key: string): Promise<void> => reconcileSecret(key, options, api)
  const queue = new KeyQueue({ name: 'token-secrets', workers: 2, clock, logger, random, reconcile })
  /** Keys of token secrets by the account they name, both as `namespace/name`. */
  const byAccount = new Map<string, Set<string>>()
  const accountOf = new Map<string, string>()

  function observe(key: string, value: Buffer | undefined): void {
    const before = accountOf.get(key)
    if (before !== undefined) byAccount.get(before)?.delete(key)
    if (before !== undefined && byAccount.get(before)?.size === 0) byAccount.delete(before)
    accountOf.delete(key)
    // Most secrets are of other types; a glance at the bytes spares reading them.
    if (value === undefined || !value.includes(secretTokenType)) return
    const secret = decodeStored(value)
    if (textAt(secret, 'type') !== secretTokenType) return
    const account = `${secret.metadata.namespace ?? ''}/${secret.metadata.annotations?.[nameAnnotation] ?? ''}`
    accountOf.set(key, account)
    let keys = byAccount.get(account)
    if (keys === undefined) byAccount.set(account, (keys = new Set()))
    keys.add(key)
    queue.add(key)
  }

  const { items, revision } = store.list(secrets)
  for (const { key, value } of items) observe(key, value)
  const watches = [
    store.watch(secrets, { from: revision }, ({ type, key, value }) =>
      observe(key, type === 'put' ? value : undefined),
    ),
    store.watch('core/serviceaccounts', { from: store.revision }, ({ key }) => {
      for (const secret of byAccount.get(key) ?? []) queue.add(secret)
    }),
  ]
  return {
    async stop() {
      for (const watch of watches) watch.close()
      await queue.stop()
      stopping.abort()
    },
  }
}

async function reconcileSecret(key: string, options: TokenSecretsOptions, api: InternalApi): Promise<void> {
  const { store } = options
  const stored = store.get(secrets, key)
  if (stored === undefined) return
  const secret = decodeStored(stored.value)
  const { namespace = '', name = '', annotations = {}, deletionTimestamp } = secret.metadata
  const accountName = annotations[nameAnnotation] ?? ''
  if (textAt(secret, 'type') !== secretTokenType || accountName === '' || deletionTimestamp !== undefined) return
  const uid = uidIn(coreObject(store, { resource: 'serviceaccounts', namespace, name: accountName }))
  const known = annotations[uidAnnotation]
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`
  try {
    if (uid === undefined || (known !== undefined && known !== uid)) {
      await api.call({ method: 'DELETE', path })
      return
    }
    const filled = await fill(secret, { namespace, name, account: { name: accountName, uid } }, options)
    if (filled !== undefined) await api.call({ method: 'PUT', path, body: filled })
  } catch (error) {
    // Gone, or changed: the change is an event of its own.
    if (!isGone(error) && !isConflict(error)) throw error
  }
}

/** The secret with all it should have; undefined when it has. */
async function fill(
  secret: KubeObject & JsonObject,
  { namespace, name, account }: { namespace: string; name: string; account: { name: string; uid: string } },
  { tokens, caCertificate }: TokenSecretsOptions,
): Promise<object | undefined> {
  const data = objectAt(secret, 'data') ?? {}
  const wanted: JsonObject = { 'ca.crt': encode(caCertificate), namespace: encode(namespace) }
  const hasToken = textAt(data, 'token') !== ''
  const complete =
    hasToken &&
    secret.metadata.annotations?.[uidAnnotation] === account.uid &&
    Object.entries(wanted).every(([key, value]) => data[key] === value)
  if (complete) return undefined
  if (!hasToken) wanted['token'] = encode(await tokens.issueForSecret({ namespace, account, secret: name }))
  const annotations = { ...secret.metadata.annotations, [uidAnnotation]: account.uid }
  return { ...secret, metadata: { ...secret.metadata, annotations }, data: { ...data, ...wanted } }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}
