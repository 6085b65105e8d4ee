/** How a webhook fails, apart from denying: Kubernetes calls it a failed call, and the failurePolicy decides what it means. */

import { StatusError } from '@berth/meta'

/** The call did not lead to an answer that can be used. The message is Kubernetes' own. */
export class WebhookCallError extends Error {
  readonly webhook: string
  /** The webhook may be left out when its failurePolicy says Ignore; wrong use of the API (dry run) may not. */
  readonly why: string

  constructor(webhook: string, why: string, options: { cause?: unknown } = {}) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`, { cause: options.cause })
    this.name = 'WebhookCallError'
    this.webhook = webhook
    this.why = why
  }
}

/** What a client sees of a failure that the policy does not forgive. */
export function internalError(message: string, cause?: unknown): StatusError {
  return new StatusError('InternalError', `Internal error occurred: ${message}`, {
    details: { causes: [{ message }] },
    cause,
  })
}
