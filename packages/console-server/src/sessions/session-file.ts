/** A session as it lies on disk: one file each, named by the hash of its id. */

import { createHash } from 'node:crypto'

/** Whose session it is. */
export type Who =
  /** A local user. */
  | { kind: 'account'; name: string }
  /** Whoever runs the console, with the rights of their kubeconfig. */
  | { kind: 'owner' }
  /** Somebody with a token of one cluster; the token is in `sealed`. */
  | { kind: 'token'; user: string; cluster: string }

export interface SessionFile {
  who: Who
  createdMs: number
  /** `sessionsAfterMs` of the account when its proof was checked: it is the session of this account, and of no later state of it. */
  accountMs?: number
  /** Written at most once a minute. */
  usedMs: number
  sealed?: string
}

export function sessionFileName(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex')
}

export function isSessionFile(value: unknown): value is SessionFile {
  if (typeof value !== 'object' || value === null) return false
  const { who, createdMs, accountMs, usedMs, sealed } = value as Record<string, unknown>
  return (
    isWho(who) &&
    typeof createdMs === 'number' &&
    (accountMs === undefined || typeof accountMs === 'number') &&
    typeof usedMs === 'number' &&
    (sealed === undefined || typeof sealed === 'string')
  )
}

function isWho(value: unknown): value is Who {
  if (typeof value !== 'object' || value === null) return false
  const { kind, name, user, cluster } = value as Record<string, unknown>
  switch (kind) {
    case 'account':
      return typeof name === 'string'
    case 'owner':
      return true
    case 'token':
      return typeof user === 'string' && typeof cluster === 'string'
    default:
      return false
  }
}
