/** What this process cannot let go of. Its size says less: that is up to the collector, and to what ran in the process before. For tests. */

import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes of objects and buffers that are left after all garbage was collected. */
export async function keptBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  await setImmediate()
  // The buffers that the first one finds nobody needs are counted until the second.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
