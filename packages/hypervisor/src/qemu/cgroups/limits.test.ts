import { describe, expect, it } from 'vitest'
import { settingsOf, type GroupLimits } from './limits.ts'

function written(version: 1 | 2, limits: Partial<GroupLimits>): string[] {
  return settingsOf(version, { tasks: 100, ...limits }).map(({ file, value }) => `${file}=${value}`)
}

describe('the limits of a machine as a control group has them', () => {
  it.each<[string, 1 | 2, Partial<GroupLimits>, string[]]>([
    ['only tasks', 1, {}, ['pids.max=100']],
    [
      'a processor and a half, version 1',
      1,
      { cpus: 1.5 },
      ['pids.max=100', 'cpu.cfs_period_us=100000', 'cpu.cfs_quota_us=150000'],
    ],
    ['a processor and a half, version 2', 2, { cpus: 1.5 }, ['pids.max=100', 'cpu.max=150000 100000']],
    ['less than the kernel takes', 2, { cpus: 0.001 }, ['pids.max=100', 'cpu.max=1000 100000']],
    ['memory, version 1', 1, { memoryBytes: 1e9 + 0.5 }, ['pids.max=100', 'memory.limit_in_bytes=1000000000']],
    ['memory, version 2', 2, { memoryBytes: 1e9 }, ['pids.max=100', 'memory.max=1000000000', 'memory.oom.group=1']],
    ['a tenth of a processor, version 1', 1, { cpuShareMillis: 100 }, ['pids.max=100', 'cpu.shares=102']],
    // The same mapping as Kubernetes': 1024 shares are weight 39.
    ['a processor, version 2', 2, { cpuShareMillis: 1000 }, ['pids.max=100', 'cpu.weight=39']],
    ['next to nothing', 1, { cpuShareMillis: 1 }, ['pids.max=100', 'cpu.shares=2']],
    ['more than there is', 2, { cpuShareMillis: 1e9 }, ['pids.max=100', 'cpu.weight=10000']],
  ])('%s', (_, version, limits, expected) => {
    expect(written(version, limits)).toEqual(expected)
  })
})
