/** One call of one webhook, from the question to a verdict. */

import { messageOf, type Logger } from '@berth/base'
import { badRequest, StatusError } from '@berth/meta'
import type { Invocation } from '../match/request.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import type { Webhook } from './configuration.ts'
import { internalError, WebhookCallError } from './errors.ts'
import type { WebhookMetrics, WebhookType } from './metrics.ts'
import { admissionReview, denial, readVerdict, type Verdict } from './review.ts'
import type { ResolveService } from './services.ts'

export interface CallServices {
  resolveService: ResolveService
  uuid: () => string
  logger: Logger
  metrics: WebhookMetrics | undefined
}

export interface WebhookCall {
  webhook: Webhook
  invocation: Invocation
  attributes: AdmissionAttributes
  type: WebhookType
}

/** Bytes of one audit annotation that are kept. */
const maxAnnotation = 10 * 1024
const dryRunSafe = new Set(['None', 'NoneOnDryRun'])

/**
 * The verdict of a webhook that allows; undefined when it could not be asked and its failurePolicy forgives that.
 * @param failedOpen called in the latter case
 * @throws {StatusError} when it denies, does not take dry runs, or could not be asked and must be
 */
export async function callWebhook(
  services: CallServices,
  call: WebhookCall,
  failedOpen: () => void,
): Promise<Verdict | undefined> {
  const { webhook, attributes, type } = call
  const { name } = webhook
  const started = performance.now()
  const done = (rejection?: { errorType: 'calling_webhook_error' | 'no_error'; code: number }): void => {
    const seconds = (performance.now() - started) / 1000
    const outcome = { type, name, operation: attributes.operation, seconds }
    services.metrics?.called(rejection === undefined ? outcome : { ...outcome, rejection })
  }
  try {
    const verdict = await ask(services, call)
    report(call, verdict)
    if (!verdict.allowed) throw denial(name, verdict.status)
    done()
    return verdict
  } catch (error) {
    if (!(error instanceof WebhookCallError)) {
      done({ errorType: 'no_error', code: error instanceof StatusError ? error.httpCode : 500 })
      throw error
    }
    done({ errorType: 'calling_webhook_error', code: 500 })
    const context = { webhook: name, configuration: webhook.configuration, error: error.message }
    if (!webhook.failOpen) {
      services.logger.warn(context, 'a webhook could not be called, the write is refused')
      throw internalError(error.message, error)
    }
    services.logger.warn(context, 'a webhook could not be called, the write goes on without it')
    services.metrics?.failedOpen(type, name)
    if (attributes.signal.aborted)
      throw new StatusError('Timeout', 'Timeout: request did not complete within requested timeout', { cause: error })
    failedOpen()
    return undefined
  }
}

/** @throws {WebhookCallError} when there is no answer that can be used; {StatusError} for a dry run it does not take */
async function ask(services: CallServices, { webhook, invocation, attributes, type }: WebhookCall): Promise<Verdict> {
  const { name, reviewVersion } = webhook
  if (attributes.dryRun && !dryRunSafe.has(webhook.sideEffects)) {
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`)
  }
  if (reviewVersion === undefined) {
    throw new WebhookCallError(
      name,
      'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)',
    )
  }
  const uid = services.uuid()
  const review = admissionReview({ attributes, invocation, reviewVersion, uid })
  const answer = await post(services, webhook, { body: Buffer.from(JSON.stringify(review)), signal: attributes.signal })
  try {
    return readVerdict(answer, { uid, reviewVersion, mutating: type === 'admit' })
  } catch (error) {
    throw new WebhookCallError(name, `received invalid webhook response: ${messageOf(error)}`, { cause: error })
  }
}

async function post(
  services: CallServices,
  { name, connection, timeoutSeconds }: Webhook,
  { body, signal }: { body: Buffer; signal: AbortSignal },
): Promise<Buffer> {
  try {
    return await connection.post({ body, timeoutSeconds, resolve: services.resolveService, signal })
  } catch (error) {
    throw new WebhookCallError(name, `failed to call webhook: ${messageOf(error)}`, { cause: error })
  }
}

function report({ webhook, attributes }: WebhookCall, verdict: Verdict): void {
  for (const [key, value] of Object.entries(verdict.auditAnnotations)) {
    attributes.annotate(`${webhook.name}/${key}`, value.slice(0, maxAnnotation))
  }
  for (const warning of verdict.warnings) attributes.warn(warning)
}
