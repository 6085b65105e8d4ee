/** Failures as Kubernetes `Status` objects, which the browser knows from the clusters already. */

import { randomUUID } from 'node:crypto'
import { messageOf, type Logger } from '@berth/base'
import { ClientError } from '@berth/kube'
import { StatusError, type Status, type StatusReason } from '@berth/meta'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ConsoleError, type ConsoleErrorCode } from '../errors.ts'

const statusOfCode = {
  BadRequest: ['BadRequest', 400],
  Unauthorized: ['Unauthorized', 401],
  Forbidden: ['Forbidden', 403],
  NotFound: ['NotFound', 404],
  Conflict: ['Conflict', 409],
  TooLarge: ['RequestEntityTooLarge', 413],
  TooManyRequests: ['TooManyRequests', 429],
  Unavailable: ['ServiceUnavailable', 503],
  BadOptions: ['InternalError', 500],
  ListenFailed: ['InternalError', 500],
} as const satisfies Record<ConsoleErrorCode, readonly [StatusReason, number]>

/** Of what the client of a cluster says itself; 502 would be one more code for the page to know. */
const clusterTrouble = 'ServiceUnavailable'

/** Any thrown thing as a Status. What is nobody's fault but ours is logged under a number, and only the number is told. */
export function statusOf(error: unknown, logger: Logger): { status: Status; retryAfterSeconds?: number } {
  if (error instanceof StatusError) return { status: error.status }
  if (error instanceof ConsoleError) {
    const [reason, code] = statusOfCode[error.code]
    const { retryAfterSeconds } = error
    const message = error.remedy === undefined ? error.message : `${error.message.replace(/\.$/, '')}. ${error.remedy}`
    return { status: plain(reason, message, code), ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
  }
  if (error instanceof ClientError) {
    return error.code === 'InvalidName'
      ? { status: plain('BadRequest', error.message, 400) }
      : { status: plain(clusterTrouble, error.message, 503) }
  }
  const http = httpErrorOf(error)
  if (http !== undefined) return { status: plain(http.reason, http.message, http.code) }
  const number = randomUUID()
  logger.error({ error: messageOf(error), stack: error instanceof Error ? error.stack : undefined, number }, 'failed')
  return {
    status: plain('InternalError', `something went wrong in the console; its log has the cause as ${number}`, 500),
  }
}

export function sendStatus(
  reply: FastifyReply,
  { status, retryAfterSeconds }: ReturnType<typeof statusOf>,
): FastifyReply {
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds))
  return reply
    .code(status.code)
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(status))
}

export function handleError(logger: Logger) {
  return (error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendStatus(reply, statusOf(error, logger))
}

function plain(reason: StatusReason, message: string, httpCode: number): Status {
  return new StatusError(reason, message, { httpCode }).status
}

const reasons = new Map<number, StatusReason>([
  [400, 'BadRequest'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [413, 'RequestEntityTooLarge'],
  [415, 'UnsupportedMediaType'],
])

/** What the HTTP framework refuses by itself: a body too large, no JSON, a wrong content type. */
function httpErrorOf(error: unknown): { reason: StatusReason; message: string; code: number } | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined
  const code = error.statusCode
  if (code < 400 || code > 499) return undefined
  return { reason: reasons.get(code) ?? 'BadRequest', message: error.message, code }
}
