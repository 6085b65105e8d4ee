/** What is written into a control group's files for the limits of a machine. */

import type { CgroupController } from '../../spec/capabilities.ts'
import type { HostLimits } from '../../spec/firmware.ts'

export interface GroupLimits extends HostLimits {
  /** Processes and threads. */
  tasks: number
}

const periodUs = 100_000
/** The kernel takes no smaller quota. */
const leastQuotaUs = 1000
/** Weight of one processor in version 1. */
const sharesPerCpu = 1024

export interface Setting {
  controller: CgroupController
  file: string
  value: string
}

export function settingsOf(version: 1 | 2, { cpus, cpuShareMillis, memoryBytes, tasks }: GroupLimits): Setting[] {
  const settings: Setting[] = [{ controller: 'pids', file: 'pids.max', value: String(tasks) }]
  if (cpuShareMillis !== undefined) settings.push(weightOf(version, cpuShareMillis))
  if (cpus !== undefined) settings.push(...quotaOf(version, cpus))
  if (memoryBytes !== undefined) {
    const value = String(Math.floor(memoryBytes))
    if (version === 1) settings.push({ controller: 'memory', file: 'memory.limit_in_bytes', value })
    else {
      settings.push(
        { controller: 'memory', file: 'memory.max', value },
        // A machine without one of its processes is of no use to anybody.
        { controller: 'memory', file: 'memory.oom.group', value: '1' },
      )
    }
  }
  return settings
}

function quotaOf(version: 1 | 2, cpus: number): Setting[] {
  const quota = Math.max(leastQuotaUs, Math.round(cpus * periodUs))
  if (version === 2) return [{ controller: 'cpu', file: 'cpu.max', value: `${quota} ${periodUs}` }]
  return [
    { controller: 'cpu', file: 'cpu.cfs_period_us', value: String(periodUs) },
    { controller: 'cpu', file: 'cpu.cfs_quota_us', value: String(quota) },
  ]
}

/** Version 1 counts from 2 to 262144, version 2 from 1 to 10000; the mapping is Kubernetes' (KEP 2254). */
function weightOf(version: 1 | 2, millis: number): Setting {
  const shares = Math.min(262_144, Math.max(2, Math.floor((millis * sharesPerCpu) / 1000)))
  if (version === 1) return { controller: 'cpu', file: 'cpu.shares', value: String(shares) }
  const weight = 1 + Math.floor(((shares - 2) * 9999) / 262_142)
  return { controller: 'cpu', file: 'cpu.weight', value: String(weight) }
}
