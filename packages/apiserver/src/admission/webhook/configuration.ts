/** A webhook as the plug-ins call it: read and compiled once from its configuration. */

import type { JsonObject, LabelSelector } from '@berth/meta'
import { objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import { compileMatchConditions, type MatchConditions } from '../expression/match-conditions.ts'
import { ruleOf, type Rule } from '../match/rule.ts'
import { selectorOf } from '../match/selectors.ts'
import { WebhookConnection, type Endpoint } from './connection.ts'

export type ReviewVersion = 'v1' | 'v1beta1'

export interface Webhook {
  readonly configuration: string
  readonly name: string
  /** Tells it apart from all others, as names may repeat between configurations. */
  readonly id: string
  readonly rules: readonly Rule[]
  readonly equivalent: boolean
  readonly namespaceSelector: LabelSelector
  readonly objectSelector: LabelSelector
  readonly matchConditions: MatchConditions
  readonly failOpen: boolean
  /** Undefined for a webhook that does not say; it then takes no dry runs. */
  readonly sideEffects: string
  readonly timeoutSeconds: number
  /** The first one it lists that is known here. */
  readonly reviewVersion: ReviewVersion | undefined
  readonly reinvocable: boolean
  readonly connection: WebhookConnection
}

const reviewVersions: readonly ReviewVersion[] = ['v1', 'v1beta1']
const defaultTimeout = 10

/** The webhooks of one configuration object. */
export function webhooksOf(configuration: ApiObject): readonly Webhook[] {
  const name = configuration.metadata.name ?? ''
  return objectsAt(configuration, 'webhooks').map((webhook, index) => webhookOf(name, index, webhook))
}

function webhookOf(configuration: string, index: number, webhook: JsonObject): Webhook {
  const name = textAt(webhook, 'name')
  const failOpen = textAt(webhook, 'failurePolicy') === 'Ignore'
  const timeout = webhook['timeoutSeconds']
  const versions = textsAt(webhook, 'admissionReviewVersions')
  return {
    configuration,
    name,
    id: `${configuration}/${name}/${index}`,
    rules: objectsAt(webhook, 'rules').map(ruleOf),
    equivalent: textAt(webhook, 'matchPolicy') !== 'Exact',
    namespaceSelector: selectorOf(webhook['namespaceSelector']),
    objectSelector: selectorOf(webhook['objectSelector']),
    matchConditions: compileMatchConditions(objectsAt(webhook, 'matchConditions'), { failOpen, params: false }),
    failOpen,
    sideEffects: textAt(webhook, 'sideEffects'),
    timeoutSeconds: typeof timeout === 'number' ? timeout : defaultTimeout,
    reviewVersion: versions.flatMap((each) => reviewVersions.filter((known) => known === each))[0],
    reinvocable: textAt(webhook, 'reinvocationPolicy') === 'IfNeeded',
    connection: connectionOf(objectAt(webhook, 'clientConfig') ?? {}),
  }
}

const httpsPort = 443

function connectionOf(config: JsonObject): WebhookConnection {
  const bundle = textAt(config, 'caBundle')
  const ca = bundle === '' ? undefined : Buffer.from(bundle, 'base64').toString('utf8')
  return new WebhookConnection(endpointOf(config), ca)
}

function endpointOf(config: JsonObject): Endpoint {
  const service = objectAt(config, 'service')
  if (service === undefined) return { kind: 'url', url: textAt(config, 'url') }
  const port = service['port']
  const path = textAt(service, 'path')
  return {
    kind: 'service',
    namespace: textAt(service, 'namespace'),
    name: textAt(service, 'name'),
    port: typeof port === 'number' ? port : httpsPort,
    path: path === '' ? '/' : path,
  }
}

export function releaseWebhooks(webhooks: readonly Webhook[]): void {
  for (const { connection } of webhooks) connection.close()
}
