/** How long a request is kept (Kubernetes' certificate cleaner). Pure but for reading the certificate. */

import { X509Certificate } from 'node:crypto'
import { isTime, parseTime, type JsonObject } from '@berth/meta'
import { objectAt, objectsAt, textAt } from '../core/fields.ts'
import type { ApiObject } from '../rest/api-object.ts'

const hourMs = 3_600_000
const pendingMs = 24 * hourMs
/** Of a request that was decided: its maker has seen that by then. */
const decidedMs = hourMs

/**
 * When the request is removed: a day after it was made and never decided, or approved and never signed; an hour after it was
 * settled; with the end of its certificate at the latest.
 */
export function expiryOf(request: ApiObject): Date {
  const status = objectAt(request, 'status')
  const conditions = objectsAt(status, 'conditions')
  const certificate = textAt(status, 'certificate')
  const patience: Record<string, number> = {
    Denied: decidedMs,
    Failed: decidedMs,
    Approved: certificate === '' ? pendingMs : decidedMs,
  }
  const decided = conditions.flatMap((each) => {
    const type = textAt(each, 'type')
    const ms = Object.hasOwn(patience, type) ? patience[type] : undefined
    return ms === undefined ? [] : [timeOf(each).getTime() + ms]
  })
  const made = request.metadata.creationTimestamp ?? ''
  const created = isTime(made) ? parseTime(made).getTime() : 0
  const times = decided.length > 0 ? decided : [created + pendingMs]
  const ends = certificate === '' ? undefined : endOf(certificate)
  return new Date(Math.min(...times, ...(ends === undefined ? [] : [ends])))
}

function timeOf(condition: JsonObject): Date {
  const text = textAt(condition, 'lastUpdateTime')
  return isTime(text) ? parseTime(text) : new Date(0)
}

function endOf(certificate: string): number | undefined {
  try {
    return new X509Certificate(Buffer.from(certificate, 'base64')).validToDate.getTime()
  } catch {
    // Another signer's, in a form that is not read here: the other times hold.
    return undefined
  }
}
