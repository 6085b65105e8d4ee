/** Firmware, TPM and shared folders as the guest sees them. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domain, Driver } from '../driver.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { runInGuest, untilLogged } from '../testing/console.ts'
import { testInspector } from '../testing/inspector.ts'
import { QemuBench } from '../testing/qemu.ts'
import { tpmMemory } from '../testing/tpm-commands.ts'

/** A shell's words that print which driver the TPM has in the guest. */
const driverOf = 'readlink /sys/class/tpm/tpm0/device/driver'
/** What a TPM keeps, by its emulator's name for it. */
const tpmFile = 'tpm2-00.permall'

/** The namespace of UEFI's own variables. */
const uefi = '8be4df61-93ca-11d2-aa0d-00e098032b8c'

describe('what a guest sees of its firmware and helpers', { timeout: 300_000 }, () => {
  let bench: QemuBench
  let driver: Driver
  let shared: string
  let stateFolder: string

  beforeAll(async () => {
    bench = await QemuBench.create()
    driver = await bench.open()
    stateFolder = bench.file('state')
    await mkdir(stateFolder)
    shared = await mkdtemp(join(tmpdir(), 'berth-shared-'))
    await mkdir(join(shared, 'deep'))
    await writeFile(join(shared, 'deep', 'greeting'), 'hello from the host\n')
  })

  afterAll(async () => {
    await bench.dispose()
    await rm(shared, { recursive: true })
  })

  async function boot(id: string, change: Partial<DomainSpec>): Promise<{ domain: Domain; serial: Duplex }> {
    const { packedKernel, initrd, cmdline, marker } = await testInspector()
    const domain = await driver.start(
      bench.spec(id, { memoryMiB: 256, kernel: { path: packedKernel, initrd, cmdline }, ...change }),
    )
    await untilLogged(domain, marker)
    return { domain, serial: await domain.openSerial() }
  }

  async function end({ domain, serial }: { domain: Domain; serial: Duplex }): Promise<void> {
    serial.destroy()
    await domain.destroy()
    await driver.forget(domain.id)
  }

  const keptTpm: Partial<DomainSpec> = { tpm: { model: 'tpm-crb', kept: true } }

  it('Secure Boot, a TPM that measured the boot, and a folder of the host', async () => {
    const { virtiofs } = driver.capabilities()
    const canShare = virtiofs !== undefined && 'path' in virtiofs
    const guest = await boot('secure', {
      // The firmware has no room for the kernel in less.
      memoryMiB: 512,
      firmware: { kind: 'uefi', secureBoot: true, kept: true },
      smm: true,
      stateFolder,
      ...keptTpm,
      ...(canShare ? { sharedMemory: true, sharedFolders: [{ tag: 'conf', path: shared }] } : {}),
    })
    const ask = (command: string): Promise<string> => runInGuest(guest.serial, command)
    // Four bytes of attributes, then the value: on.
    expect(await ask(`od -An -tx1 /sys/firmware/efi/efivars/SecureBoot-${uefi}`)).toMatch(/06 00 00 00 01/)
    expect(await ask('cat /sys/class/tpm/tpm0/tpm_version_major')).toMatch(/^2\r$/m)
    expect(await ask('cat /sys/class/tpm/tpm0/pcr-sha256/0')).toMatch(/^(?!0{64})[0-9A-F]{64}\r$/m)
    // The answer of a TPM that has no such index: TPM_RC_HANDLE for the second handle.
    expect(await ask(tpmMemory.read)).toContain('80010000000a0000028b')
    expect(await ask(driverOf)).toContain('/tpm_crb\r\n')
    await ask(tpmMemory.write('BERTH-42'))
    expect(tpmMemory.holds(await ask(tpmMemory.read), 'BERTH-42')).toBe(true)
    if (canShare) {
      expect(await ask('mkdir /conf; mount -t virtiofs conf /conf && cat /conf/deep/greeting')).toContain(
        'hello from the host\r\n',
      )
      expect(await ask('echo x >/conf/new; chmod 777 /conf/deep; rm /conf/deep/greeting')).toMatch(
        /Read-only file system[\s\S]*Read-only file system[\s\S]*Read-only file system/,
      )
    }
    await end(guest)
  })

  it('what was put into a kept TPM is there in the next run, and in no other machine', async () => {
    // Whichever way the guest talks to it.
    const next = await boot('next', { stateFolder, tpm: { model: 'tpm-tis', kept: true } })
    expect(tpmMemory.holds(await runInGuest(next.serial, tpmMemory.read), 'BERTH-42')).toBe(true)
    expect(await runInGuest(next.serial, driverOf)).toContain('/tpm_tis\r\n')
    await end(next)
    const kept = await readFile(join(stateFolder, 'tpm', tpmFile))
    expect(kept.includes('BERTH-42')).toBe(true)
    const forgetting: Partial<DomainSpec> = { stateFolder, tpm: { model: 'tpm-tis', kept: false } }
    const other = await driver.start(bench.spec('other', { ...forgetting, startPaused: true }))
    expect((await readFile(join(bench.directory, 'other', 'run', 'tpm', 'state', tpmFile))).includes('BERTH-42')).toBe(
      false,
    )
    await other.destroy()
    expect((await readFile(join(stateFolder, 'tpm', tpmFile))).equals(kept)).toBe(true)
  })
})
