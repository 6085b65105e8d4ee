/** Which webhooks a write is to be shown to, and in which version (admission `generic.Webhook.ShouldCallHook`). */

import type { StatusError } from '@berth/meta'
import { refusal } from '../../server/attributes.ts'
import { requestBindings, type BindingServices } from '../expression/bindings.ts'
import { invocationIn, type Invocation } from '../match/request.ts'
import { matchedVersion } from '../match/rule.ts'
import { inSelectedNamespace, isSelectedObject } from '../match/selectors.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import type { Webhook } from './configuration.ts'

/**
 * Undefined when the webhook has no say in the write.
 * @throws {StatusError} NotFound without the namespace, Forbidden when a match condition has no value
 */
export function invocationOf(
  services: BindingServices,
  webhook: Webhook,
  attributes: AdmissionAttributes,
): Invocation | undefined {
  const version = matchedVersion(webhook.rules, attributes, webhook.equivalent)
  // Selectors are looked at last, so that what is wrong with them only matters to webhooks that speak of the resource.
  if (version === undefined || !isSelectedObject(webhook.objectSelector, attributes)) return undefined
  if (!inSelectedNamespace(webhook.namespaceSelector, attributes, services.store)) return undefined
  const invocation = invocationIn(attributes, version)
  if (webhook.matchConditions.empty) return invocation
  const result = webhook.matchConditions.match(requestBindings(services, attributes, invocation))
  switch (result.kind) {
    case 'matches':
      return invocation
    case 'skips':
      return undefined
    case 'fails':
      throw forbidden(attributes, result.message)
  }
}

/** 403 as `admission.NewForbidden` words it. */
export function forbidden({ definition, name, object }: AdmissionAttributes, why: string): StatusError {
  const generated = object?.metadata.generateName ?? ''
  const shown = name === '' ? (generated === '' ? 'Unknown/Unknown' : generated) : name
  return refusal(definition, shown, why)
}
