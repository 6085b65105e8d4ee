/**
 * Rules of `spec.conversion`. Objects become another version's by their apiVersion alone (strategy None). A definition with a
 * webhook is taken where it would never be called, which is most of those that projects publish; otherwise it is refused.
 */

import {
  forbiddenValue,
  invalidValue,
  isDns1035Label,
  isJsonObject,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { textsOf, type Crd } from './crd.ts'

const path = 'spec.conversion'

export function conversionCauses({ spec, status }: Crd): StatusCause[] {
  const { conversion, versions } = spec
  if (conversion === undefined) return []
  const { strategy, webhook } = conversion
  if (strategy === '') return [requiredValue(`${path}.strategy`)]
  if (strategy === 'None') return noWebhook(webhook)
  if (strategy !== 'Webhook') return [unsupportedValue(`${path}.strategy`, strategy, ['None', 'Webhook'])]
  const causes = webhookCauses(webhook ?? {})
  const used = new Set(versions.filter((version) => version.served || version.storage).map((version) => version.name))
  for (const name of status?.storedVersions ?? []) used.add(name)
  if (used.size > 1) {
    const why = `no conversion webhook is called here, and serving or storing ${[...used].join(', ')} takes one; serve only the storage version, or set the strategy to None`
    causes.push(invalidValue(`${path}.strategy`, strategy, why))
  }
  return causes
}

function noWebhook(webhook: JsonObject | undefined): StatusCause[] {
  if (webhook === undefined) return []
  const members = ['webhookClientConfig']
  if (textsOf(webhook, 'conversionReviewVersions').length > 0) members.push('conversionReviewVersions')
  return members.map((member) =>
    forbiddenValue(`${path}.${member}`, 'should not be set when strategy is not set to Webhook'),
  )
}

function webhookCauses(webhook: JsonObject): StatusCause[] {
  const config = webhook['clientConfig']
  const field = `${path}.webhookClientConfig`
  const causes: StatusCause[] = []
  if (!isJsonObject(config)) causes.push(requiredValue(field, 'required when strategy is set to Webhook'))
  else if ((config['url'] === undefined) === (config['service'] === undefined)) {
    causes.push(requiredValue(field, 'exactly one of url or service is required'))
  } else if (config['url'] !== undefined) causes.push(...urlCauses(config['url'], `${field}.url`))
  else causes.push(...serviceCauses(config['service'], `${field}.service`))
  return [...causes, ...reviewVersionCauses(textsOf(webhook, 'conversionReviewVersions'))]
}

function urlCauses(value: unknown, field: string): StatusCause[] {
  const text = typeof value === 'string' ? value : ''
  const form = '; desired format: https://host[/path]'
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return [requiredValue(field, `url must be a valid URL${form}`)]
  }
  const causes: StatusCause[] = []
  if (url.protocol !== 'https:') {
    causes.push(invalidValue(field, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`))
  }
  if (url.host === '') causes.push(invalidValue(field, url.host, `host must be specified${form}`))
  if (url.username !== '') {
    causes.push(invalidValue(field, url.username, 'user information is not permitted in the URL'))
  }
  if (url.hash !== '') causes.push(invalidValue(field, url.hash.slice(1), 'fragments are not permitted in the URL'))
  if (url.search !== '') {
    causes.push(invalidValue(field, url.search.slice(1), 'query parameters are not permitted in the URL'))
  }
  return causes
}

const maxPort = 65_535

function serviceCauses(service: unknown, field: string): StatusCause[] {
  if (!isJsonObject(service)) return [requiredValue(field)]
  const { name, namespace, path: where, port = 443 } = service
  const causes: StatusCause[] = []
  if ((name ?? '') === '') causes.push(requiredValue(`${field}.name`, 'service name is required'))
  if ((namespace ?? '') === '') causes.push(requiredValue(`${field}.namespace`, 'service namespace is required'))
  if (typeof port !== 'number' || port < 1 || port > maxPort) {
    const why = `port is not valid: must be between 1 and ${maxPort}, inclusive`
    causes.push(invalidValue(`${field}.port`, port, why))
  }
  if (typeof where === 'string' && where !== '' && !where.startsWith('/')) {
    causes.push(invalidValue(`${field}.path`, where, "must start with a '/'"))
  }
  return causes
}

/** Versions of ConversionReview a server of this release speaks. */
const reviewVersions = ['v1', 'v1beta1']

function reviewVersionCauses(versions: string[]): StatusCause[] {
  const field = `${path}.conversionReviewVersions`
  if (versions.length === 0) return [requiredValue(field)]
  const causes: StatusCause[] = []
  const seen = new Set<string>()
  for (const [index, version] of versions.entries()) {
    if (seen.has(version)) causes.push(invalidValue(`${field}[${index}]`, version, 'duplicate version'))
    else causes.push(...isDns1035Label(version).map((why) => invalidValue(`${field}[${index}]`, version, why)))
    seen.add(version)
  }
  if (!versions.some((version) => reviewVersions.includes(version))) {
    causes.push(invalidValue(field, versions, `must include at least one of ${reviewVersions.join(', ')}`))
  }
  return causes
}
