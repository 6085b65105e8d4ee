/** Limits of real machines, read back from the kernel; on a host without control groups, what is told instead. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Driver } from '../../driver.ts'
import { QemuBench } from '../../testing/qemu.ts'
import { Cgroups } from './cgroups.ts'
import { findPlaces } from './places.ts'

describe('control groups', { timeout: 300_000 }, () => {
  let bench: QemuBench
  let driver: Driver

  beforeAll(async () => {
    bench = await QemuBench.create()
    driver = await bench.open()
  })

  afterAll(() => bench.dispose())

  /** The file of a machine's group, in whichever tree the kernel says that its process is. */
  async function groupFile(pid: number, file: string): Promise<string> {
    const { v1, v2 } = findPlaces(
      await readFile('/proc/self/mountinfo', 'utf8'),
      await readFile(`/proc/${pid}/cgroup`, 'utf8'),
    )
    const folder = v1.get(file.startsWith('memory') ? 'memory' : file.startsWith('pids') ? 'pids' : 'cpu') ?? v2.at(-1)
    return (await readFile(join(folder ?? '', file), 'utf8')).trim()
  }

  it('hold a machine and its helpers to its limits', async () => {
    const ability = driver.capabilities().cgroup
    const limits = { cpus: 0.75, cpuShareMillis: 500, memoryBytes: 300 * 1024 ** 2 }
    const domain = await driver.start(
      bench.spec('a', { limits, tpm: { model: 'tpm-tis', kept: false }, startPaused: true }),
    )
    const pid = domain.status.pid ?? 0
    if (ability?.controllers.length !== 3) expect(ability?.missing).toMatch(/./)
    if (ability?.controllers.includes('cpu') === true) {
      const [file, quota] = ability.version === 2 ? ['cpu.max', '75000 100000'] : ['cpu.cfs_quota_us', '75000']
      expect(await groupFile(pid, file)).toBe(quota)
      const members = (await groupFile(pid, 'cgroup.procs')).split('\n')
      expect(members).toHaveLength(2)
      expect(members).toContain(String(pid))
    }
    if (ability?.controllers.includes('memory') === true) {
      const file = ability.version === 2 ? 'memory.max' : 'memory.limit_in_bytes'
      // More than asked for, because QEMU's translated code is in it too.
      expect(Number(await groupFile(pid, file))).toBeGreaterThanOrEqual(limits.memoryBytes)
    }
    if (ability?.controllers.includes('pids') === true) {
      expect(Number(await groupFile(pid, 'pids.max'))).toBeGreaterThan(1000)
    }
    await domain.destroy()
    await driver.forget('a')
    expect(await (await Cgroups.open(bench.directory, silentLogger)).list()).toEqual([])
  })

  it('end what takes more memory than it may', async () => {
    const groups = await Cgroups.open(bench.file('hungry'), silentLogger)
    if (!groups.ability.controllers.includes('memory')) return
    await groups.make('a', { tasks: 100, memoryBytes: 96 * 1024 ** 2 })
    const hungry = spawn(
      process.execPath,
      ['-e', 'process.stdin.once("data", () => Buffer.alloc(512 * 1024 ** 2, 1))'],
      {
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    )
    await groups.add('a', hungry.pid ?? 0)
    hungry.stdin.write('go')
    expect(await once(hungry, 'exit')).toEqual([null, 'SIGKILL'])
    await groups.remove('a')
    expect(await groups.list()).toEqual([])
    await groups.close()
  })

  it('let nothing make more processes than it may', async () => {
    const groups = await Cgroups.open(bench.file('many'), silentLogger)
    if (!groups.ability.controllers.includes('pids')) return
    await groups.make('a', { tasks: 3 })
    const shell = spawn('sh', ['-c', 'read go; for i in 1 2 3 4 5 6; do sleep 60 & done; wait'], {
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    })
    await groups.add('a', shell.pid ?? 0)
    shell.stdin.write('go\n')
    let words = ''
    for await (const piece of shell.stderr) {
      words += String(piece)
      if (/fork/i.test(words)) break
    }
    expect(words).toMatch(/fork/i)
    process.kill(-(shell.pid ?? 0), 'SIGKILL')
    await once(shell, 'exit')
    await groups.remove('a')
    await groups.close()
  })
})
