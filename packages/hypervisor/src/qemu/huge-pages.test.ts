import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { QemuBench } from '../testing/qemu.ts'

const pageBytes = 2 * 1024 ** 2
const pool = '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages'
const pages = 40

/** Sets pages aside where the user and the host allow it; what was there before. */
async function setAside(): Promise<{ before: string; there: boolean }> {
  const before = (await readFile(pool, 'utf8').catch(() => '0')).trim()
  await writeFile(pool, String(Number(before) + pages)).catch(() => {})
  const now = Number(await readFile(pool, 'utf8').catch(() => '0'))
  return { before, there: now >= Number(before) + pages }
}

const { before, there } = await setAside()

describe('memory of huge pages', { timeout: 300_000 }, () => {
  let bench: QemuBench

  beforeAll(async () => {
    bench = await QemuBench.create()
  })

  afterAll(async () => {
    await bench.dispose()
    if (there) await writeFile(pool, before)
  })

  it.runIf(there)('comes from the pool of the host, on the NUMA node of the processors', async () => {
    const driver = await bench.open()
    const pools = driver.capabilities().compute?.hugePages
    expect(pools).toContainEqual({ pageBytes, pages: Number(before) + pages })
    const paged = { memoryMiB: 64, hugePageBytes: pageBytes, startPaused: true }
    const machine = await driver.start(bench.spec('paged', paged))
    const status = await readFile(`/proc/${machine.status.pid}/status`, 'utf8')
    expect(status).toMatch(/^HugetlbPages:\s+65536 kB$/m)
    await machine.destroy()
    await driver.forget('paged')
    if ((driver.capabilities().compute?.dedicatedProcessors ?? 0) === 0) return
    const cpu = { features: [], sockets: 1, cores: 1, threads: 1, dedicated: { isolateEmulator: false, numa: true } }
    const bound = await driver.start(bench.spec('bound', { ...paged, cpu }))
    const maps = await readFile(`/proc/${bound.status.pid}/numa_maps`, 'utf8')
    expect(maps).toMatch(/bind\S*:\d.* huge .*N\d+=32 /)
    await bound.destroy()
    await driver.forget('bound')
  })

  it.runIf(there)('is refused with the numbers when there are too few', async () => {
    const driver = await bench.open()
    const spec = bench.spec('greedy', { memoryMiB: 1024 * 1024, hugePageBytes: pageBytes, startPaused: true })
    await expect(driver.start(spec)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringMatching(/^524288 huge pages of 2 MiB are wanted, and \d+ of this host's are free/),
    })
    expect(driver.list()).toEqual([])
  })

  it('is refused where the host has no pages of the size', async () => {
    const driver = await bench.open()
    const spec = bench.spec('odd', { memoryMiB: 128, hugePageBytes: 32 * 1024 ** 2 })
    await expect(driver.start(spec)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('no huge pages of 33554432 bytes'),
    })
  })
})
