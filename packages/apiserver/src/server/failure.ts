/** Anything that was thrown, as the Status a client gets. */

import { StatusError, type Status } from '@berth/meta'
import type { Logger } from '@berth/base'
import { StoreError } from '../storage/store.ts'
import type { ApiAnswer } from '../transport.ts'

export interface FailureContext {
  logger: Logger
  /** Names the log line of an error whose details stay inside. */
  errorId: () => string
  /** For the log. */
  request: { method: string; path: string }
}

export function failureAnswer(thrown: unknown, context: FailureContext): ApiAnswer {
  const { status } = toStatusError(thrown, context)
  return statusAnswer(status)
}

export function statusAnswer(status: Status): ApiAnswer {
  const retryAfter = status.details?.retryAfterSeconds
  return {
    kind: 'full',
    code: status.code,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body: `${JSON.stringify(status)}\n`,
  }
}

function toStatusError(thrown: unknown, { logger, errorId, request }: FailureContext): StatusError {
  if (thrown instanceof StatusError) return thrown
  if (thrown instanceof StoreError && (thrown.code === 'Closed' || thrown.code === 'Unavailable')) {
    logger.error({ ...request, err: thrown }, 'the store refused a request')
    return new StatusError('ServiceUnavailable', 'the store is not available', { details: { retryAfterSeconds: 1 } })
  }
  const id = errorId()
  logger.error({ ...request, err: thrown, errorId: id }, 'a request failed inside the server')
  const message = `an unexpected error; the server's log has it under ${id}`
  return new StatusError('InternalError', `Internal error occurred: ${message}`, { details: { causes: [{ message }] } })
}
