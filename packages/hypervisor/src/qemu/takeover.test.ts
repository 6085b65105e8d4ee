/** A driver's process is killed at any moment; the next one takes over whatever lives. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DomainSpec } from '../spec/domain.ts'
import { untilLogged } from '../testing/console.ts'
import { EventLog } from '../testing/event-log.ts'
import { QemuBench } from '../testing/qemu.ts'
import { readBootId } from './process-identity.ts'

describe('QEMU: a driver that is killed', { timeout: 300_000 }, () => {
  let bench: QemuBench

  beforeAll(async () => {
    bench = await QemuBench.create()
  })

  afterAll(() => bench.dispose())

  /** A driver in another process; resolves when it has printed `text`. */
  async function driverProcess(specs: DomainSpec[], text: string): Promise<ChildProcess> {
    const program = new URL('../testing/driver-process.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [program, bench.directory, JSON.stringify(specs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    await new Promise<void>((resolve, reject) => {
      // Kept open after the text: a driver that cannot print would end by itself.
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString()
        if (printed.includes(text)) resolve()
      })
      child.once('exit', () => reject(new Error(`the driver ended: ${printed}`)))
    })
    return child
  }

  async function kill(child: ChildProcess): Promise<void> {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  it('loses no machine: the next one has the same processes, and they work and reboot', async () => {
    // One of them shows that it works.
    const specs = ['a', 'b', 'c'].map((id) => bench.spec(id, { startPaused: id !== 'a' }))
    const child = await driverProcess(specs, 'c ')
    const before = bench.processes()
    expect(before).toHaveLength(3)
    await kill(child)
    expect(bench.processes()).toEqual(before)
    const driver = await bench.open()
    const { adopted, ended } = await driver.adopt()
    expect(ended).toEqual([])
    expect(new Set(adopted.map(({ status }) => status.pid))).toEqual(new Set(before))
    expect(adopted.map(({ spec }) => spec)).toEqual(specs)
    const first = driver.get('a')
    expect(first?.status.state).toBe('running')
    if (first !== undefined) {
      await untilLogged(first, bench.marker)
      // A reset by the guest, here asked for over ACPI, is no end.
      const log = new EventLog(driver)
      await first.softReboot()
      await log.until((event) => event.type === 'reset' && event.id === 'a')
      expect(first.status.state).toBe('running')
      expect(log.states('a')).toEqual([])
    }
    for (const domain of adopted) {
      await domain.destroy()
      await driver.forget(domain.id)
    }
    expect(bench.processes()).toEqual([])
    await driver.close()
  })

  it('leaves no orphan, whenever it dies during a start', async () => {
    for (let round = 0; round < 9; round += 1) {
      const child = await driverProcess([bench.spec(`r${round}`, { startPaused: true })], 'open')
      // The moment of death is the point here; it sweeps over the whole start.
      await delay(round * 11)
      await kill(child)
      const driver = await bench.open()
      const { adopted, ended } = await driver.adopt()
      expect(new Set(adopted.map(({ status }) => status.pid))).toEqual(new Set(bench.processes()))
      for (const domain of [...adopted, ...ended]) {
        await domain.destroy()
        await driver.forget(domain.id)
      }
      expect(bench.processes()).toEqual([])
      expect((await readdir(bench.directory)).filter((name) => !name.startsWith('.'))).toEqual([])
      await driver.close()
    }
  })

  it('takes over many machines at once', async () => {
    const first = await bench.open()
    const ids = Array.from({ length: 8 }, (_, index) => `m${index}`)
    await Promise.all(ids.map((id) => first.start(bench.spec(id, { startPaused: true }))))
    await first.close()
    const second = await bench.open()
    const { adopted } = await second.adopt()
    expect(adopted).toHaveLength(ids.length)
    expect(adopted.every(({ status }) => status.state === 'paused')).toBe(true)
    await Promise.all(adopted.map((domain) => domain.destroy()))
    expect(await readBootId()).toMatch(/^[0-9a-f-]{36}$/)
    await second.close()
  })
})
