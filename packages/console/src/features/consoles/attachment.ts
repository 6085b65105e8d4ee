/**
 * What becomes of a console when its connection ends: a machine that restarts or moves is waited for, a console that somebody else
 * took over is not taken back unasked. Pure: the view draws the state, the session does what `next` says.
 */

import { closeCodes, refusalCloseCode } from '@berth/view'

export type Attachment =
  /** `lost`: it was connected before, and is to be so again. */
  | { state: 'connecting'; takeOver: boolean; attempt: number; lost?: boolean }
  | { state: 'connected' }
  /** Somebody else looks; `who` where it is known. */
  | { state: 'busy'; who: string }
  /** Lost to somebody else, who took it over. */
  | { state: 'taken' }
  /** No machine to connect to; tried again as soon as there is one. */
  | { state: 'waiting' }
  /** Tried again in `delayMs`. */
  | { state: 'retrying'; attempt: number; delayMs: number; message: string; lost?: boolean }
  /** Not tried again. */
  | { state: 'refused'; message: string }

export interface Ending {
  code: number
  reason: string
  /** Whether the machine runs, as the list of objects has it now. */
  running: boolean
}

const firstDelayMs = 300
const maxDelayMs = 10_000

export const begin: Attachment = { state: 'connecting', takeOver: false, attempt: 0 }

export function afterEnd(before: Attachment, { code, reason, running }: Ending): Attachment {
  if (code === closeCodes.busy) {
    // The connection was there and another one has it now: that is no accident to mend.
    return wasConnected(before) ? { state: 'taken' } : { state: 'busy', who: reason }
  }
  if (code === refusalCloseCode(403) || code === closeCodes.signedOut) return { state: 'refused', message: reason }
  if (!running || code === refusalCloseCode(404)) return { state: 'waiting' }
  const attempt = before.state === 'connecting' || before.state === 'retrying' ? before.attempt + 1 : 1
  return {
    state: 'retrying',
    attempt,
    delayMs: Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1)),
    message: reason,
    ...(wasConnected(before) ? { lost: true } : {}),
  }
}

/** A machine that was waited for runs now. */
export function afterStart(before: Attachment): Attachment {
  return before.state === 'waiting' ? begin : before
}

export function retry(before: Attachment): Attachment {
  if (before.state !== 'retrying') return begin
  const { attempt, lost } = before
  return { state: 'connecting', takeOver: false, attempt, ...(lost === true ? { lost } : {}) }
}

function wasConnected(before: Attachment): boolean {
  if (before.state === 'connecting' || before.state === 'retrying') return before.lost === true
  return before.state === 'connected'
}
