/** The processors of this host that the driver may use, and the NUMA node of each. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCpuList } from './cpu-list.ts'

export interface HostCpus {
  /** In ascending order. */
  usable: number[]
  /** NUMA node by processor; empty where the kernel tells of none. */
  nodeOf: ReadonlyMap<number, number>
}

const nodesFolder = '/sys/devices/system/node'

export async function readHostCpus(): Promise<HostCpus> {
  const status = await readFile('/proc/self/status', 'utf8')
  const usable = parseCpuList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '0')
  const names = await readdir(nodesFolder).catch(() => [])
  const nodeOf = new Map<number, number>()
  for (const name of names) {
    const node = /^node(\d+)$/.exec(name)?.[1]
    if (node === undefined) continue
    const list = await readFile(join(nodesFolder, name, 'cpulist'), 'utf8')
    for (const cpu of parseCpuList(list.trim())) nodeOf.set(cpu, Number(node))
  }
  return { usable, nodeOf }
}

/** Those that machines can have for themselves: the host keeps its first, for itself and for all other machines. */
export function dedicatedCpus({ usable }: HostCpus): number[] {
  return usable.slice(1)
}
