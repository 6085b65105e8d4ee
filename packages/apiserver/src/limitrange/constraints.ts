/** What a limit asks of requests and limits, and how a refusal reads (LimitRanger's words). */

import { compareQuantities, formatQuantity, quantityToMillis, type JsonObject, type Quantity } from '@berth/meta'
import { objectAt, textAt } from '../core/fields.ts'
import { readUsage, zero, type Usage } from '../quota/usage.ts'

export interface Amounts {
  readonly requests: Usage
  readonly limits: Usage
}

interface Bound {
  readonly type: string
  readonly name: string
  readonly bound: Quantity
}

/** Amounts are compared in thousandths, rounded up, as LimitRanger does. */
function more(left: Quantity, right: Quantity): boolean {
  return compareQuantities(thousandths(left), thousandths(right)) > 0
}

function thousandths({ nanos, format }: Quantity): Quantity {
  const milli = 1_000_000n
  return { nanos: ((nanos + milli - 1n) / milli) * milli, format }
}

function below({ type, name, bound }: Bound, { requests, limits }: Amounts): string | undefined {
  const [request, limit] = [requests.get(name), limits.get(name)]
  const words = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`
  if (request === undefined) return `${words}.  No request is specified`
  if (more(bound, request)) return `${words}, but request is ${formatQuantity(request)}`
  if (limit !== undefined && more(bound, limit)) return `${words}, but limit is ${formatQuantity(limit)}`
  return undefined
}

function above({ type, name, bound }: Bound, { requests, limits }: Amounts): string | undefined {
  const [request, limit] = [requests.get(name), limits.get(name)]
  const words = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`
  if (limit === undefined) return `${words}.  No limit is specified`
  if (more(limit, bound)) return `${words}, but limit is ${formatQuantity(limit)}`
  if (request !== undefined && more(request, bound)) return `${words}, but request is ${formatQuantity(request)}`
  return undefined
}

/** Claims have requests only. */
function requestAbove({ type, name, bound }: Bound, { requests }: Amounts): string | undefined {
  const request = requests.get(name)
  const words = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`
  if (request === undefined) return `${words}.  No request is specified`
  return more(request, bound) ? `${words}, but request is ${formatQuantity(request)}` : undefined
}

function apart({ type, name, bound }: Bound, { requests, limits }: Amounts): string | undefined {
  const [request, limit] = [requests.get(name) ?? zero, limits.get(name) ?? zero]
  const words = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`
  if (request.nanos === 0n) return `${words}, but no request is specified or request is 0`
  if (limit.nanos === 0n) return `${words}, but no limit is specified or limit is 0`
  const ratio = quantityToMillis(limit) / quantityToMillis(request)
  return ratio * 1000 > quantityToMillis(bound) ? `${words}, but provided ratio is ${ratio.toFixed(6)}` : undefined
}

type Check = (bound: Bound, amounts: Amounts) => string | undefined

const ofPods: [key: string, check: Check][] = [
  ['min', below],
  ['max', above],
  ['maxLimitRequestRatio', apart],
]
const ofClaims: [key: string, check: Check][] = [
  ['min', below],
  ['max', requestAbove],
]

/** Everything that is wrong with `amounts` by one item of a LimitRange. */
export function problemsOf(item: JsonObject, amounts: Amounts): string[] {
  const type = textAt(item, 'type')
  const checks = type === 'PersistentVolumeClaim' ? ofClaims : ofPods
  return checks.flatMap(([key, check]) =>
    [...readUsage(objectAt(item, key))].flatMap(([name, bound]) => check({ type, name, bound }, amounts) ?? []),
  )
}
