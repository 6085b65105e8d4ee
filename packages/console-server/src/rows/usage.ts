/** What running machines use, as rows show it: told of only where a list would look different. */

import type { VirtualMachineInstance } from '@berth/api'
import { keyFor } from '@berth/kube'
import type { Cluster } from '../clusters/cluster.ts'
import type { LatestValues, Metrics } from '../metrics/metrics.ts'

export type Used = NonNullable<ReturnType<LatestValues['of']>>

export interface Usage {
  /** @param key of the instance */
  of(key: string): Used | undefined
  forget(key: string): void
  close(): void
}

const mebibyte = 2 ** 20

export function followUsage(options: {
  cluster: Cluster
  /** Undefined where nobody can say. */
  latest: Metrics['latest'] | undefined
  instances: () => readonly Readonly<VirtualMachineInstance>[]
  onChange: (key: string) => void
}): Usage {
  const { cluster, instances, onChange } = options
  const used = new Map<string, Used>()
  const latest = options.latest?.(cluster, readRound)

  function readRound(): void {
    for (const { metadata } of instances()) {
      const { namespace = '', name = '' } = metadata
      const key = keyFor(namespace, name)
      const found = latest?.of(namespace, name)
      const next = found === undefined ? undefined : rounded(found)
      const before = used.get(key)
      if (before?.cpuUsed === next?.cpuUsed && before?.memoryUsed === next?.memoryUsed) continue
      if (next === undefined) used.delete(key)
      else used.set(key, next)
      onChange(key)
    }
  }

  return {
    of: (key) => used.get(key),
    forget: (key) => void used.delete(key),
    close: () => latest?.release(),
  }
}

/** As exact as a list shows it, so that an idle machine is no change. */
function rounded({ cpuUsed, memoryUsed }: Used): Used {
  return {
    ...(cpuUsed === undefined ? {} : { cpuUsed: Math.round(cpuUsed * 100) / 100 }),
    ...(memoryUsed === undefined ? {} : { memoryUsed: Math.round(memoryUsed / mebibyte) * mebibyte }),
  }
}
