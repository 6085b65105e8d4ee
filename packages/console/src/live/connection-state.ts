/** How the page's line to the server does; the offline banner reads it. */

export type ConnectionState =
  /** Nothing was asked for yet. */
  | { kind: 'idle' }
  | { kind: 'connecting' }
  | { kind: 'open' }
  /** Lost, or never there: tried again at `retryAt` (milliseconds since 1970) and as soon as the browser is online again. */
  | { kind: 'waiting'; retryAt: number; failures: number }
  /** The session is over: nothing is tried until somebody signs in. */
  | { kind: 'signed-out' }
  | { kind: 'closed' }
