/** Memory of an engine's hosts that no machine has asked for, as its scheduler counts it; other clusters run more than machines. */

import { isFinal, type VirtualMachineInstance } from '@berth/api'
import type { Clock } from '@berth/base'
import { quantityToNumber } from '@berth/meta'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import { kinds } from '../rows/kinds.ts'
import type { Feed, Watches } from '../watches/contract.ts'

/** A document without this number is better than one that keeps a page waiting. */
const patienceMs = 1_000

/**
 * Bytes asked for, by node; of all machines, for people who may see the hosts. Undefined where that cannot be known.
 * @param at.memoryOvercommit percent, of the cluster's configuration
 */
export async function takenMemory(
  watches: Watches,
  at: { cluster: Cluster; identity: Identity; clock: Clock },
): Promise<((memoryOvercommit: number) => Map<string, number>) | undefined> {
  const { cluster, identity, clock } = at
  // Without one of its own, the console sees what the person sees, which may be a part.
  if (cluster.kind !== 'engine' || cluster.service === undefined) return undefined
  const { resource, variant } = kinds.instances
  const feed = watches.feed({ cluster, identity, resource, variant })
  try {
    if (!(await isThere(feed, clock))) return undefined
    const instances = feed.list()
    return (memoryOvercommit) => {
      const taken = new Map<string, number>()
      for (const instance of instances) {
        const node = instance.status?.nodeName
        if (node === undefined || isFinal(instance)) continue
        taken.set(node, (taken.get(node) ?? 0) + askedBytes(instance, memoryOvercommit))
      }
      return taken
    }
  } finally {
    feed.release()
  }
}

function askedBytes({ spec }: Readonly<VirtualMachineInstance>, memoryOvercommit: number): number {
  const { memory, resources } = spec.domain
  // Huge pages were set aside before.
  if (memory?.hugepages !== undefined) return 0
  const asked = resources?.requests?.['memory']
  return asked === undefined
    ? Math.ceil((quantityToNumber(memory?.guest ?? '0') * 100) / memoryOvercommit)
    : quantityToNumber(asked)
}

async function isThere(feed: Feed<VirtualMachineInstance>, clock: Clock): Promise<boolean> {
  if (feed.synced) return true
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const off = feed.onState(() => {
    if (feed.synced) resolve(undefined)
  })
  const cancel = clock.after(patienceMs, () => resolve(undefined))
  await promise
  off()
  cancel()
  return feed.synced
}
