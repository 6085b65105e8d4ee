/** Who the owner of a session is at each cluster. */

import type { Cluster, Identity } from '../clusters/cluster.ts'
import { identityOfAccount, type SessionRules } from './sessions.ts'

export function sessionRules(clusters: readonly Cluster[]): SessionRules {
  return {
    identities(who, token, account) {
      const identities = new Map<string, Identity>()
      for (const { id, credentials } of clusters) {
        const identity = ((): Identity | undefined => {
          switch (who.kind) {
            case 'owner':
              return credentials === 'context' ? { kind: 'context' } : undefined
            case 'account':
              return credentials === 'impersonate' && account !== undefined ? identityOfAccount(account) : undefined
            case 'token':
              return who.cluster === id && token !== undefined ? { kind: 'token', token } : undefined
          }
        })()
        if (identity !== undefined) identities.set(id, identity)
      }
      return identities
    },
  }
}
