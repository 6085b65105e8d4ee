/** One file per channel implements this; `channels/index` puts them in one table, and the socket knows nothing else of them. */

import type { ChannelName, Channels } from '@berth/view'
import type { PartContext } from '../parts.ts'
import type { Session } from '../sessions/session.ts'

/** `part()` gives what all channels of the server share: watches, tasks, samples. */
export interface ChannelContext extends PartContext {
  session: Session
}

export interface OpenChannel<Request> {
  /** Another request under the same number. */
  change(request: Request): void
  /** Send everything again: the browser asked, or updates were dropped because it reads too slowly. */
  resync(): void
  close(): void
}

/** A channel that can't go on; the browser is told `reason` and `message`, and the channel is closed. */
export interface Refusal {
  reason: 'Forbidden' | 'NotFound' | 'BadRequest' | 'Unavailable'
  message: string
}

export interface ChannelKind<Name extends ChannelName> {
  /** What a request makes the server and its clusters do besides the work that is measured, as milliseconds of a processor. */
  cost?: number
  /** The request as it came, checked. @throws {ConsoleError} BadRequest with the field */
  parse(request: unknown): Channels[Name]['request']
  open(options: {
    context: ChannelContext
    request: Channels[Name]['request']
    send: (update: Channels[Name]['update']) => void
    refuse: (refusal: Refusal) => void
    /**
     * Whether the browser keeps up: false while much of what was sent before waits in the socket. A channel that can skip a state sends
     * nothing then and asks again a little later, so that a slow reader gets the newest state and no queue. Absent: always.
     */
    ready?: () => boolean
    /** Does work that takes a while, later and unasked, and counts it as the person's. Absent: nobody counts. */
    work?: <Result>(task: () => Result) => Result
  }): OpenChannel<Channels[Name]['request']>
}
