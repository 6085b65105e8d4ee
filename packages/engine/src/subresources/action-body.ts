/** Bodies of requests that act on machines. */

import { badRequest, type JsonObject } from '@berth/meta'
import type { SubresourceRequest } from '@berth/apiserver'

/** An empty body means `{}`; what nobody knows is refused rather than ignored. */
export function bodyOf(request: SubresourceRequest, fields: string[]): JsonObject {
  const { body } = request
  if (body === undefined || body === null) return {}
  if (typeof body !== 'object' || Array.isArray(body)) throw badRequest('the body has to be an object')
  const known = ['apiVersion', 'kind', 'dryRun', ...fields]
  const unknown = Object.keys(body).filter((key) => !known.includes(key))
  if (unknown.length > 0) throw badRequest(`unknown field "${unknown[0] ?? ''}"; known here: ${known.join(', ')}`)
  return body
}

/** `dryRun: ["All"]` in the body, or as a parameter. */
export function isDryRun(request: SubresourceRequest, body: JsonObject): boolean {
  const { dryRun } = body
  if (dryRun === undefined || dryRun === null) return request.dryRun
  if (!Array.isArray(dryRun) || dryRun.some((entry) => entry !== 'All')) throw badRequest('dryRun has to be ["All"]')
  return dryRun.length > 0
}

export function secondsIn(body: JsonObject, field: string): number | undefined {
  const value = body[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number') throw badRequest(`${field} has to be a number of seconds`)
  return value
}
