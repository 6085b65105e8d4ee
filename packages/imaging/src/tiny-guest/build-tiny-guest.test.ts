import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { testDirectory } from '../test-directory.testkit.ts'
import { testGuests } from '../test-guests.testkit.ts'
import { buildTinyGuest, type TinyGuest, tinyGuestProbeArgument } from './build-tiny-guest.ts'

describe('the tiny guest in a real QEMU', () => {
  const directory = testDirectory()
  let guest: TinyGuest
  let qemu: ChildProcessWithoutNullStreams | undefined

  beforeAll(async () => {
    guest = await buildTinyGuest({ directory: testGuests })
  })
  afterEach(() => qemu?.kill('SIGKILL'))

  const boot = (extra: string): Promise<unknown> => {
    const machine = '-accel tcg -machine q35 -cpu max -m 192 -nodefaults -display none -no-reboot -serial stdio'
    const network = '-netdev user,id=net -device virtio-net-pci,netdev=net'
    const control = ['-qmp', `unix:${join(directory, 'qmp')},server=on,wait=off`]
    const kernel = ['-kernel', guest.kernel, '-initrd', guest.initrd, '-append', `${guest.cmdline} ${extra}`]
    qemu = spawn('qemu-system-x86_64', [...machine.split(' '), ...network.split(' '), ...control, ...kernel])
    return once(qemu, 'exit')
  }
  const output = (): { text: string } => {
    const seen = { text: '' }
    qemu?.stdout.on('data', (chunk: Buffer) => (seen.text += chunk.toString('latin1')))
    return seen
  }
  const patient = { timeout: 120_000, interval: 50 }

  it('greets and powers off at once when it is a probe', { timeout: 300_000 }, async () => {
    const exited = boot(tinyGuestProbeArgument)
    const seen = output()
    await exited
    expect(seen.text).toContain(guest.marker)
  })

  it(
    'greets with its name, has a root shell and an address, obeys the power button',
    { timeout: 300_000 },
    async () => {
      const exited = boot('berth.hostname=anna')
      const seen = output()
      await expect.poll(() => seen.text, patient).toContain(guest.marker)
      await expect.poll(() => seen.text, patient).toContain('Hello from anna')
      await expect.poll(() => seen.text, patient).toContain('root@anna:/root#')
      qemu?.stdin.write(
        'until ip -4 addr show eth0 | grep -q 10.0.2.15; do usleep 50000; done; id -u | sed s/^/uid-is-/\n',
      )
      await expect.poll(() => seen.text, patient).toContain('uid-is-0')
      const control = createConnection(join(directory, 'qmp'))
      control.write('{"execute":"qmp_capabilities"}{"execute":"system_powerdown"}')
      expect(await exited).toEqual([0, null])
      control.destroy()
    },
  )

  it('returns the one made before, within milliseconds and without a program', async () => {
    const path = process.env['PATH']
    process.env['PATH'] = '/nonexistent'
    try {
      expect(await buildTinyGuest({ directory: testGuests })).toEqual(guest)
    } finally {
      process.env['PATH'] = path
    }
  })

  it('is the same bytes each time, and leaves no work files', { timeout: 300_000 }, async () => {
    const steps: string[] = []
    const other = await buildTinyGuest({ directory, onProgress: ({ step }) => steps.push(step) })
    expect((await readFile(other.initrd)).equals(await readFile(guest.initrd))).toBe(true)
    expect(steps.some((step) => step.startsWith('Downloading linux-image-'))).toBe(true)
    expect((await readdir(directory)).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('stops when cancelled and leaves nothing', async () => {
    const target = join(directory, 'cancelled')
    const run = buildTinyGuest({ directory: target, signal: AbortSignal.abort() })
    await expect(run).rejects.toMatchObject({ code: 'Aborted' })
    expect(await readdir(target)).toEqual([])
    await rm(target, { recursive: true })
  })
})
