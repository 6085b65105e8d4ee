/** ValidatingAdmissionWebhook: all webhooks a write is of interest to are asked at once, and each may deny it. */

import { isAdmissionKind } from '../match/exempt.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { callWebhook } from './call.ts'
import type { WebhookServices } from './services-of-webhooks.ts'
import { invocationOf } from './matching.ts'

export function validatingWebhooks(services: WebhookServices): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: ({ definition }) => services.configurations.size > 0 && !isAdmissionKind(definition),
    validate: (attributes) => validate(services, attributes),
  }
}

async function validate(services: WebhookServices, attributes: AdmissionAttributes): Promise<void> {
  const webhooks = services.configurations.all().flat()
  const calls = webhooks.flatMap((webhook) => {
    const invocation = invocationOf(services, webhook, attributes)
    return invocation === undefined ? [] : [{ webhook, invocation, attributes, type: 'validating' as const }]
  })
  const outcomes = await Promise.allSettled(
    calls.map((call, index) =>
      callWebhook(services, call, () =>
        attributes.annotate(
          `failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`,
          call.webhook.name,
        ),
      ),
    ),
  )
  // Several may deny; a client is told of the first, by name of its configuration.
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
