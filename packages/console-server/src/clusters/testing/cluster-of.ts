/** For tests: the one cluster of a console in front of an engine. */

import type { TestEngine } from '@berth/testkit'
import type { Cluster } from '../cluster.ts'

/** Called `here`; whoever asks has all rights. */
export function clusterOf({ client }: Pick<TestEngine, 'client'>): Cluster {
  return {
    id: 'here',
    name: 'here',
    kind: 'engine',
    namespace: 'default',
    clientFor: () => client,
    service: client,
    credentials: 'context',
    reachable: async () => ({ state: 'reachable' }),
    close: async () => {},
  }
}
