/** Somebody who is signed in. */

import type { Identity } from '../clusters/cluster.ts'

export interface Session {
  /** Not the cookie's value: safe to log. */
  readonly id: string
  /** Stable name of the person, to keep their tasks and preferences by: `local:admin`. */
  readonly owner: string
  readonly displayName: string
  /** By id of the cluster; a cluster that is missing here is one they are signed out of. */
  readonly identities: ReadonlyMap<string, Identity>
  /** May manage local users. */
  readonly admin: boolean
  /** Aborts when the session ends: streams and sockets end with it. */
  readonly signal: AbortSignal
}
