/** Firmware, as real machines show it: no guest is needed, the firmware's own words on the serial port are the proof. */

import { mkdir } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domain, Driver } from '../driver.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { untilLogged, untilPrinted } from '../testing/console.ts'
import { QemuBench } from '../testing/qemu.ts'

/** Any vendor's; the shell wants one. */
const guid = '12345678-1234-1234-1234-123456789abc'

/** The shell answers in a second or two. */
const silentMs = 60_000

describe('firmware', { timeout: 600_000 }, () => {
  let bench: QemuBench
  let driver: Driver

  beforeAll(async () => {
    bench = await QemuBench.create()
    driver = await bench.open()
  })

  afterAll(() => bench.dispose())

  async function start(id: string, change: Partial<DomainSpec>): Promise<Domain> {
    const { kernel: _, ...spec } = bench.spec(id, { memoryMiB: 256, ...change })
    return driver.start(spec)
  }

  async function end(domain: Domain): Promise<void> {
    await domain.destroy()
    await driver.forget(domain.id)
  }

  it('BIOS: its messages go to the serial port when asked, and only then', async () => {
    const [loud, quiet] = await Promise.all([
      start('loud', { firmware: { kind: 'bios', serial: true } }),
      start('quiet', { firmware: { kind: 'bios' } }),
    ])
    await untilLogged(loud, 'SeaBIOS')
    await untilLogged(loud, 'No bootable device')
    const stop = AbortSignal.timeout(60_000)
    const printed: Uint8Array[] = []
    for await (const piece of quiet.serialLog({ follow: false, signal: stop })) printed.push(piece)
    expect(printed).toEqual([])
    await Promise.all([end(loud), end(quiet)])
  })

  it('Secure Boot: a program that nobody signed is refused', async () => {
    // The firmware brings a shell, which no key that is enrolled has signed; that it runs without is the first thing of the next test.
    const secure = await start('secure', { firmware: { kind: 'uefi', secureBoot: true }, smm: true })
    expect(await untilLogged(secure, 'Security Violation')).toContain('failed to start')
    await end(secure)
  })

  it('UEFI variables: kept where the machine keeps them, gone where it does not', async () => {
    const stateFolder = bench.file('variables')
    await mkdir(stateFolder)
    const keeping: Partial<DomainSpec> = { firmware: { kind: 'uefi', kept: true }, stateFolder }
    const forgetting: Partial<DomainSpec> = { firmware: { kind: 'uefi' }, stateFolder }
    const write = (name: string): string => `setvar ${name} -guid ${guid} -bs -rt -nv =0x42`
    const read = (name: string): string => `setvar ${name} -guid ${guid}`
    await inShell('k', keeping, [write('Kept')])
    const [others, , own] = await inShell('k', forgetting, [read('Kept'), write('Lost'), read('Lost')])
    expect(others).toContain('Unable to get')
    expect(own).toMatch(/Lost - 0001 Bytes[\s\S]*42/)
    const [kept, lost] = await inShell('k', keeping, [read('Kept'), read('Lost')])
    expect(kept).toMatch(/Kept - 0001 Bytes[\s\S]*42/)
    expect(lost).toContain('Unable to get')
  })

  /** What each command prints in the firmware's shell of a machine that is started for them and ended after. */
  async function inShell(id: string, change: Partial<DomainSpec>, commands: readonly string[]): Promise<string[]> {
    for (;;) {
      const domain = await start(id, change)
      const serial: Duplex = await domain.openSerial()
      const printed = await asked(serial, commands)
      serial.destroy()
      await end(domain)
      if (printed !== undefined) return printed
    }
  }

  /**
   * undefined where the firmware gave its shell up, or never heard what was typed: it does so when the emulated port answers too slowly, on
   * a busy host.
   */
  async function asked(serial: Duplex, commands: readonly string[]): Promise<string[] | undefined> {
    let isDeaf = false
    const patience = setTimeout(() => {
      isDeaf = true
      serial.destroy()
    }, silentMs)
    try {
      return await answers(serial, commands, () => patience.refresh())
    } catch (error) {
      if (isDeaf) return undefined
      throw error
    } finally {
      clearTimeout(patience)
    }
  }

  async function answers(
    serial: Duplex,
    commands: readonly string[],
    onAnswer: () => void,
  ): Promise<string[] | undefined> {
    const begun = await untilPrinted(serial, /any other key to continue|Boot Manager Menu/)
    if (begun.includes('failed to start')) return undefined
    onAnswer()
    serial.write('\u001B')
    await untilPrinted(serial, 'Shell> ')
    const printed: string[] = []
    for (const command of commands) {
      serial.write(`${command}\r`)
      printed.push(await untilPrinted(serial, 'Shell> '))
      onAnswer()
    }
    return printed
  }
})
