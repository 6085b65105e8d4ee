/** The disks of a running machine for a backup: one piece of work at a time is done on each, and merges are done by themselves at any time. */

import type { Domain } from '@berth/hypervisor'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'

/** Looks at the disks before it is said that they change too fast. */
const mostLooks = 5

/**
 * Does the work when nobody else works on these disks; merges, which can be made up for, are ended for it, and none begins before
 * `begun` is called: from then on the driver keeps the disks for this work.
 * @throws {EngineError} as `alone` of the storages, and what the work throws
 */
export async function withDisksInHand<T>(
  services: Pick<EngineServices, 'volumes'>,
  { domain, disks }: { domain: Domain; disks: readonly string[] },
  work: (begun: () => void) => Promise<T>,
): Promise<T> {
  for (let look = 1; ; look += 1) {
    const own: { work?: Promise<T> } = {}
    const found = domain.spec.disks.filter(({ name }) => disks.includes(name))
    try {
      await services.volumes.holding(found, async () => {
        const { promise, resolve } = Promise.withResolvers<void>()
        own.work = work(resolve)
        // Its failure is the caller's, who gets the work itself below.
        await Promise.race([promise, own.work.catch(() => {})])
      })
    } catch (error) {
      // Before its turn came a snapshot has put other images under the machine.
      const isStale = error instanceof EngineError && error.code === 'MissingDependency'
      if (own.work === undefined && isStale && look < mostLooks) continue
      if (own.work === undefined) throw error
    }
    if (own.work !== undefined) return own.work
  }
}
