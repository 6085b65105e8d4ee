/** A key for a person at a cluster, by which what is theirs is shared among their tabs. Tokens are hashed: keys may reach a log. */

import { createHash } from 'node:crypto'
import type { Identity } from '../clusters/cluster.ts'

export function identityKey(identity: Identity): string {
  switch (identity.kind) {
    case 'token':
      return `token:${digest(identity.token)}`
    case 'impersonated':
      return `user:${digest(JSON.stringify([identity.user, [...identity.groups].sort()]))}`
    case 'context':
      return 'context'
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
