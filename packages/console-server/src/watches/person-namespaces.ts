/** Namespaces that one person may look for things in, where nobody can look everywhere for them. */

import type { Clock } from '@berth/base'
import { namespaces } from '@berth/kube'
import { StatusError } from '@berth/meta'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import { identityKey } from './identity-key.ts'

/** Each costs a watch per kind. */
export const maxNamespaces = 50
const keepMs = 9_000

export interface PersonNamespaces {
  /**
   * The names, sorted, the context's own first; `more` counts those past the bound.
   * @throws {ClientError | StatusError} when the cluster does not answer
   */
  of(cluster: Cluster, identity: Identity): Promise<{ names: string[]; more: number }>
}

export function createPersonNamespaces(clock: Clock): PersonNamespaces {
  const known = new Map<string, { at: number; names: Promise<{ names: string[]; more: number }> }>()
  return {
    of(cluster, identity) {
      const key = `${cluster.id} ${identityKey(identity)}`
      const now = clock.now().getTime()
      const entry = known.get(key)
      if (entry !== undefined && now - entry.at < keepMs) return entry.names
      const names = list(cluster, identity)
      known.set(key, { at: now, names })
      names.catch(() => known.get(key)?.names === names && known.delete(key))
      for (const [old, { at }] of known) if (now - at >= keepMs) known.delete(old)
      return names
    },
  }
}

async function list(cluster: Cluster, identity: Identity): Promise<{ names: string[]; more: number }> {
  try {
    const found = await cluster.clientFor(identity).list(namespaces, { limit: 1000 })
    const names = found.items.map(({ metadata }) => metadata.name ?? '').filter((name) => name !== cluster.namespace)
    const all = [cluster.namespace, ...names.sort()]
    return { names: all.slice(0, maxNamespaces), more: Math.max(0, all.length - maxNamespaces) }
  } catch (error) {
    // Most people may not list namespaces; the one that their context names is theirs.
    if (error instanceof StatusError && error.httpCode === 403) return { names: [cluster.namespace], more: 0 }
    throw error
  }
}
