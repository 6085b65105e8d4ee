import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { testGuests } from '../test-guests.testkit.ts'
import type { TinyGuest } from '../tiny-guest/build-tiny-guest.ts'
import { buildInspectorGuest } from './build-inspector-guest.ts'

const patient = { timeout: 120_000, interval: 50 }

describe('the inspector guest in a real QEMU', () => {
  let guest: TinyGuest
  let qemu: ChildProcessWithoutNullStreams | undefined

  beforeAll(async () => {
    guest = await buildInspectorGuest({ directory: testGuests })
  }, 300_000)
  afterEach(() => qemu?.kill('SIGKILL'))

  it('reports processors, devices and SMBIOS', { timeout: 180_000 }, async () => {
    const machine = '-accel tcg -machine q35 -cpu max -smp 2 -m 256 -nodefaults -display none -no-reboot -serial stdio'
    const boot = ['-kernel', guest.unpackedKernel ?? guest.kernel, '-initrd', guest.initrd, '-append', guest.cmdline]
    qemu = spawn('qemu-system-x86_64', [...machine.split(' '), ...boot])
    let printed = ''
    qemu.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString('latin1')))
    await expect.poll(() => printed, patient).toContain(guest.marker)
    qemu.stdin.write('lscpu; lsblk --version; dmidecode -t1; lspci; qemu-ga --version; echo do""ne\n')
    await expect.poll(() => printed, patient).toContain('done')
    for (const words of ['Architecture:', 'lsblk from util-linux', 'System Information', '8086:29c0', 'Guest Agent']) {
      expect(printed).toContain(words)
    }
  })
})
