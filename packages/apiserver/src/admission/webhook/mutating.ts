/** MutatingAdmissionWebhook: webhooks change a write one after the other; those that ask for it see what later ones made of it. */

import { messageOf } from '@berth/base'
import { applyJsonPatch, deepEqual, isJsonObject, type Json, type JsonObject } from '@berth/meta'
import { isAdmissionKind } from '../match/exempt.ts'
import { objectInVersion, replaceContent, type Invocation } from '../match/request.ts'
import { Reinvocation } from '../match/reinvocation.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { callWebhook } from './call.ts'
import type { Webhook } from './configuration.ts'
import { internalError, WebhookCallError } from './errors.ts'
import { invocationOf } from './matching.ts'
import type { Verdict } from './review.ts'
import type { WebhookServices } from './services-of-webhooks.ts'

export function mutatingWebhooks(services: WebhookServices): AdmissionPlugin {
  const reinvocation = new Reinvocation()
  return {
    name: 'MutatingAdmissionWebhook',
    handles: ({ definition }) => services.configurations.size > 0 && !isAdmissionKind(definition),
    mutate: (attributes) => mutate(services, attributes, reinvocation),
    reinvoke: (attributes) => mutate(services, attributes, reinvocation),
  }
}

async function mutate(
  services: WebhookServices,
  attributes: AdmissionAttributes,
  reinvocation: Reinvocation,
): Promise<boolean> {
  const round = reinvocation.begin(attributes)
  const webhooks = services.configurations.all().flat()
  let changedAny = false
  for (const [index, webhook] of webhooks.entries()) {
    if (!round.includes(webhook.id)) continue
    const invocation = invocationOf(services, webhook, attributes)
    if (invocation === undefined) continue
    const place = `round_${round.number}_index_${index}`
    const changed = await callOne(services, { attributes, webhook, invocation, place })
    if (changed) round.changed()
    if (webhook.reinvocable) round.invoked(webhook.id)
    changedAny ||= changed
  }
  round.end()
  return changedAny
}

interface OneCall {
  attributes: AdmissionAttributes
  webhook: Webhook
  invocation: Invocation
  /** Of the call among all calls for this write, in audit annotations. */
  place: string
}

async function callOne(services: WebhookServices, call: OneCall): Promise<boolean> {
  const { attributes, webhook, place } = call
  const verdict = await callWebhook(services, { ...call, type: 'admit' }, () =>
    attributes.annotate(`failed-open.mutation.webhook.admission.k8s.io/${place}`, webhook.name),
  )
  const mutated = verdict !== undefined && applyVerdict(call, verdict)
  const note = JSON.stringify({ configuration: webhook.configuration, webhook: webhook.name, mutated })
  attributes.annotate(`mutation.webhook.admission.k8s.io/${place}`, note)
  return mutated
}

/** True when the object is another one now. */
function applyVerdict({ attributes, webhook, invocation }: OneCall, { patch, patchType }: Verdict): boolean {
  if (patch === undefined) return false
  const operations = parsePatch(patch)
  if (operations.length === 0) return false
  const { object } = attributes
  if (object === undefined) {
    throw internalError(
      `admission webhook ${JSON.stringify(webhook.name)} attempted to modify the object, which is not supported for this operation`,
    )
  }
  if (patchType !== 'JSONPatch') {
    const error = new WebhookCallError(webhook.name, `unsupported patch type ${JSON.stringify(patchType)}`)
    throw internalError(error.message, error)
  }
  const shown = objectInVersion(attributes, object, invocation.version)
  const next = patched(shown ?? object, operations)
  if (deepEqual(next, shown)) return false
  replaceContent(attributes, object, next)
  return true
}

/** Operations a webhook may send at once, as clients. */
const maxOperations = 10_000

function parsePatch(text: string): Json[] {
  let operations: Json
  try {
    operations = JSON.parse(text) as Json
  } catch (error) {
    throw internalError(`the patch of a webhook is not JSON`, error)
  }
  if (!Array.isArray(operations)) throw internalError('the patch of a webhook is not a list of operations')
  if (operations.length > maxOperations) {
    throw internalError(
      `the patch of a webhook has ${operations.length} operations, at most ${maxOperations} are taken`,
    )
  }
  return operations
}

function patched(object: JsonObject, operations: Json): JsonObject {
  let next: Json
  try {
    next = applyJsonPatch<JsonObject>(object, operations)
  } catch (error) {
    throw internalError(messageOf(error), error)
  }
  if (!isJsonObject(next) || !isJsonObject(next['metadata'])) {
    throw internalError('the patch of a webhook leaves no object with metadata')
  }
  return next
}
