/** What is wrong with an answer, whatever was asked. */

import type { FuzzRequest } from './requests.ts'

export interface FuzzAnswer {
  code: number
  contentType: string
  text: string
  ms: number
}

/** Codes an API server may give to a request that is wrong. Others from 400 on are wrong themselves. */
const refusals = new Set([400, 401, 403, 404, 405, 406, 409, 410, 413, 414, 415, 422, 429, 431])

/** A request that takes longer keeps everybody else waiting; far more than any takes on a busy machine. */
const longestMs = 10_000

/** Answers that are not objects: health, metrics, logs. `/api` says its kind only. */
const plainPaths = /^\/(healthz|livez|readyz|metrics|version|openapi)|^\/api\/?(\?|$)|\/log(\?|$)|^\/+(\?|$)/

const evictionPath = /\/pods\/[^/]+\/eviction(\?|$)/

/** @returns undefined when all is well */
export function judge(request: FuzzRequest, answer: FuzzAnswer): string | undefined {
  const { code, contentType, text, ms } = answer
  if (ms > longestMs) return `took ${Math.round(ms)} ms`
  // A revision that has not happened yet is waited for, in vain.
  if (code === 504 && /[?&]resourceVersion=/.test(request.path)) return undefined
  // Kubernetes' own answer to an eviction that two budgets have a say in.
  if (code === 500 && text.includes('more than one PodDisruptionBudget') && evictionPath.test(request.path))
    return undefined
  if (code >= 400 && !refusals.has(code)) return `answered ${code}: ${text.slice(0, 300)}`
  if (request.method === 'HEAD' || text === '') return undefined
  if (!contentType.startsWith('application/json')) return undefined
  if (code === 200 && plainPaths.test(request.path)) return undefined
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return `answered ${code} with JSON that is none: ${text.slice(0, 300)}`
  }
  return judgeObject(code, body)
}

function judgeObject(code: number, body: unknown): string | undefined {
  if (body === null || typeof body !== 'object') return `answered ${code} with no object`
  if (!('kind' in body) || typeof body.kind !== 'string') return `answered ${code} with an object without a kind`
  if (!('apiVersion' in body) || typeof body.apiVersion !== 'string')
    return `answered ${code} with an object without an apiVersion`
  if (code < 400) return undefined
  if (body.kind !== 'Status') return `answered ${code} with a ${body.kind}`
  if (!('code' in body) || body.code !== code) return `answered ${code} with a Status of another code`
  if (!('reason' in body) || !('message' in body) || body.message === '') return `answered ${code} without a reason`
  return undefined
}
