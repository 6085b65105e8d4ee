/** Reading answers: whole bodies within a limit, and failures as StatusError. */

import { StatusError, statusCodes, type StatusReason } from '@berth/meta'
import type { TransportResponse } from './contract.ts'
import { ClientError } from './errors.ts'

/** No list this project serves is near it; a server that sends more is broken or hostile. */
const maxBodyBytes = 512 * 1024 * 1024
/** What is quoted of an error page that is not a Status. */
const maxQuotedText = 1000

/** The whole body as text. @throws {ClientError} Protocol past 512 MiB, or the transport's own errors */
export async function readText(response: TransportResponse): Promise<string> {
  if (response.whole !== undefined) {
    return typeof response.whole === 'string' ? response.whole : response.whole.toString('utf8')
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > maxBodyBytes) throw new ClientError('Protocol', `the answer is larger than ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString('utf8')
}

/** The body as JSON; undefined when it is empty. @throws {StatusError} for a code outside 200–299 */
export async function readAnswer(response: TransportResponse): Promise<unknown> {
  const text = await readText(response)
  if (response.code < 200 || response.code > 299) throw statusErrorOf(response.code, text)
  if (text === '') return undefined
  return parseJson(text)
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ClientError('Protocol', `the server's answer is not JSON: ${text.slice(0, 80)}`, {
      cause,
      remedy: 'Check that the address is a Kubernetes API server.',
    })
  }
}

const reasonOfCode = new Map<number, StatusReason>([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [406, 'NotAcceptable'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [413, 'RequestEntityTooLarge'],
  [415, 'UnsupportedMediaType'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
])

/**
 * The failure an answer means. Answers without a Status (proxies, and KubeVirt's text-only failures) keep their text and get the
 * reason of their code.
 */
export function statusErrorOf(code: number, text: string): StatusError {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = undefined // not JSON: quoted as text below
  }
  if (isRecord(body) && body['kind'] === 'Status') return statusErrorFrom(body, code)
  const quoted = text.trim().slice(0, maxQuotedText)
  return new StatusError(reasonFor(code), quoted === '' ? `the server answered ${code}` : quoted, { httpCode: code })
}

/** The same for a Status object that came inside a stream. */
export function statusErrorFrom(status: Record<string, unknown>, fallbackCode: number): StatusError {
  const code = typeof status['code'] === 'number' ? status['code'] : fallbackCode
  const message = typeof status['message'] === 'string' ? status['message'] : `the server answered ${code}`
  const { reason, details } = status
  return new StatusError(isReason(reason) ? reason : reasonFor(code), message, {
    httpCode: code,
    // Shown, never relied on: every field of details is optional to its readers.
    ...(isRecord(details) ? { details } : {}),
  })
}

function reasonFor(code: number): StatusReason {
  return reasonOfCode.get(code) ?? (code >= 400 && code < 500 ? 'BadRequest' : 'InternalError')
}

function isReason(value: unknown): value is StatusReason {
  return typeof value === 'string' && Object.hasOwn(statusCodes, value)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
