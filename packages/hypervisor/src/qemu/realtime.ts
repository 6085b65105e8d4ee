/** Realtime priority: whether this host lets a processor of a guest go before everything else for as long as it likes. */

import { readFile } from 'node:fs/promises'
import { hasCapability } from './capability-set.ts'

const limit = '/proc/sys/kernel/sched_rt_runtime_us'

/** Undefined where it can be had. KubeVirt calls a node realtime by the same setting. */
export async function whyNoRealtime(): Promise<string | undefined> {
  const runtime = (await readFile(limit, 'utf8').catch(() => '')).trim()
  if (runtime !== '-1') return 'the kernel limits it; set kernel.sched_rt_runtime_us to -1 and start the engine again'
  return (await hasCapability('CAP_SYS_NICE')) ? undefined : 'the engine may not give it (CAP_SYS_NICE)'
}
