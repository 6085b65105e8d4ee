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
import { clientConfigCauses } from '../admission/kinds/client-config-causes.ts'
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
  else causes.push(...clientConfigCauses(config, field))
  return [...causes, ...reviewVersionCauses(textsOf(webhook, 'conversionReviewVersions'))]
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
