/** Where a watch begins and when it ends, from its query. */

import type { StatusCause } from '@berth/meta'
import { listOptionCauses, readInteger, readRevision, refuseListOptions } from '../rest/list-version.ts'
import type { ServerLimits } from '../server/limits.ts'

export interface WatchOptions {
  /** Events after this revision; undefined begins with the current state. */
  from: number | undefined
  /** The current state must be at least this revision. */
  notBefore: number | undefined
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
  const timeout = readInteger(query.get('timeoutSeconds') ?? '')
  // A page is asked of a list; what cannot be read is refused all the same.
  readInteger(query.get('limit') ?? '')
  const bookmarks = isTrue(query.get('allowWatchBookmarks'))
  const send = query.get('sendInitialEvents')
  checkCombination({
    sends: send !== null,
    match: query.get('resourceVersionMatch') ?? '',
    token: query.get('continue') ?? '',
  })
  const from = readRevision(query.get('resourceVersion') ?? '')
  const timeoutMs =
    timeout === undefined || timeout === 0 ? limits.watchMs * (1 + random()) : Math.max(0, timeout) * 1000
  const initialEvents = send === null ? from === undefined || from === 0 : isTrue(send)
  return {
    // A watch that sends the state begins at the state it sends.
    from: initialEvents || from === 0 ? undefined : from,
    notBefore: initialEvents ? from : undefined,
    initialEvents,
    markInitialEnd: initialEvents && send !== null && bookmarks,
    bookmarks,
    timeoutMs: Math.min(timeoutMs, maxTimeoutMs),
  }
}

/** Kubernetes' reading of flags in a query: there, and neither `false` nor `0`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value.toLowerCase() !== 'false' && value !== '0'
}

/** Each row: when it holds, the cause. In the order of apimachinery's ValidateListOptions for a watch. */
function checkCombination({ sends, match, token }: { sends: boolean; match: string; token: string }): void {
  const { forbidden, unsupportedMatch } = listOptionCauses
  const field = 'resourceVersionMatch'
  const rules: [boolean, StatusCause][] = [
    [
      sends && match !== 'NotOlderThan',
      forbidden(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    ],
    [
      match !== '' && !sends,
      forbidden(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    ],
    [match !== '' && match !== 'NotOlderThan', unsupportedMatch(match, ['NotOlderThan'])],
    [match !== '' && token !== '', forbidden(field, 'resourceVersionMatch is forbidden when continue is provided')],
  ]
  refuseListOptions(rules.filter(([broken]) => broken).map(([, cause]) => cause))
}
