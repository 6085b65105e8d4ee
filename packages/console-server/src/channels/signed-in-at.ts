/** The cluster a channel is about, and who the person is there. */

import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { ChannelContext, Refusal } from './channel.ts'

export function signedInAt(
  { clusters, session }: ChannelContext,
  id: string,
): { cluster: Cluster; identity: Identity } | { refusal: Refusal } {
  const cluster = clusters.find((each) => each.id === id)
  if (cluster === undefined) {
    return { refusal: { reason: 'NotFound', message: `There is no cluster "${id}" here.` } }
  }
  const identity = session.identities.get(id)
  if (identity === undefined) {
    return { refusal: { reason: 'Forbidden', message: `You are not signed in at ${cluster.name}.` } }
  }
  return { cluster, identity }
}
