/** Where a watch begins and when it ends, from its query. */

import { badRequest, invalid, type StatusCause } from '@berth/meta'
import { readRevision } from '../rest/list-version.ts'
import type { ServerLimits } from '../server/limits.ts'

export interface WatchOptions {
  /** Events after this revision; undefined begins with the current state. */
  from: number | undefined
  /** Send the current state as ADDED events first. */
  initialEvents: boolean
  /** Mark the end of the initial events with a bookmark. */
  markInitialEnd: boolean
  bookmarks: boolean
  timeoutMs: number
}

/** A client may ask for any length; longer than a day is never useful, and timers have an end. */
const maxTimeoutMs = 24 * 3_600_000

/** @throws {StatusError} BadRequest, Invalid */
export function readWatchOptions(query: URLSearchParams, limits: ServerLimits, random: () => number): WatchOptions {
  const bookmarks = isTrue(query.get('allowWatchBookmarks'))
  const from = readRevision(query.get('resourceVersion') ?? '')
  const send = query.get('sendInitialEvents')
  checkCombination(send, query.get('resourceVersionMatch') ?? '')
  if ((query.get('continue') ?? '') !== '') throw badRequest('continue is not allowed with watch')
  const timeoutMs = readTimeout(query.get('timeoutSeconds') ?? '') ?? limits.watchMs * (1 + random())
  const initialEvents = send === null ? from === undefined || from === 0 : isTrue(send)
  return {
    // A watch that sends the state begins at the state it sends.
    from: initialEvents || from === 0 ? undefined : from,
    initialEvents,
    markInitialEnd: initialEvents && send !== null && bookmarks,
    bookmarks,
    timeoutMs: Math.min(timeoutMs, maxTimeoutMs),
  }
}

function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1' || value === ''
}

function checkCombination(send: string | null, match: string): void {
  const causes: StatusCause[] = []
  const forbid = (field: string, message: string): void => {
    causes.push({ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field })
  }
  if (send !== null && match !== 'NotOlderThan') {
    forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  } else if (send === null && match !== '') {
    forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
  }
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes)
}

function readTimeout(text: string): number | undefined {
  if (text === '' || text === '0') return undefined
  if (!/^[0-9]{1,10}$/.test(text)) throw badRequest('timeoutSeconds must be a whole number of seconds')
  return Number(text) * 1000
}
