import { describe, expect, it } from 'vitest'
import type { DeviceSpec, VideoModel } from '../../spec/devices.ts'
import { commandLine, devicesIn, plainDisk, valuesOf } from '../../testing/command-line.ts'

const virtioSpec: Partial<DeviceSpec> = {
  disks: [plainDisk, { ...plainDisk, name: 'b', bus: 'scsi' }],
  rng: true,
  guestAgent: true,
  balloon: { freePageReporting: false },
}

describe('small devices', () => {
  it.each<[string, Partial<DeviceSpec>, object[]]>([
    [
      'sound',
      { sound: 'ich9' },
      [
        { driver: 'ich9-intel-hda', id: 'sound' },
        { driver: 'hda-duplex', bus: 'sound.0', audiodev: 'audio' },
      ],
    ],
    ['AC97', { sound: 'ac97' }, [{ driver: 'AC97', audiodev: 'audio' }]],
    [
      'tablets',
      {
        inputs: [
          { type: 'tablet', bus: 'usb' },
          { type: 'tablet', bus: 'virtio' },
        ],
      },
      [{ driver: 'qemu-xhci' }, { driver: 'usb-tablet', bus: 'usb0.0' }, { driver: 'virtio-tablet-pci' }],
    ],
    ['randomness', { rng: true }, [{ driver: 'virtio-rng-pci', rng: 'rng' }]],
    [
      'balloon',
      { balloon: { freePageReporting: true } },
      [{ driver: 'virtio-balloon-pci', id: 'balloon', 'free-page-reporting': true }],
    ],
    ['watchdog', { watchdog: { model: 'i6300esb', action: 'reset' } }, [{ driver: 'i6300esb', id: 'watchdog' }]],
    [
      'panic notifiers',
      { panicDevices: ['isa', 'pvpanic'] },
      [{ driver: 'pvpanic' }, { driver: 'pvpanic-pci', bus: 'pcie.0' }],
    ],
    [
      'slots for a client',
      { usbRedirections: 4 },
      [
        { driver: 'qemu-xhci', p2: 15, p3: 15 },
        ...[0, 1, 2, 3].map((slot) => ({ driver: 'usb-redir', chardev: `usbredir${slot}`, bus: 'usb0.0' })),
      ],
    ],
  ])('%s', (_, change, expected) => {
    const devices = devicesIn(commandLine(change))
    for (const device of expected) expect(devices).toContainEqual(expect.objectContaining(device))
    const plain = devicesIn(commandLine({})).map(({ driver }) => driver)
    for (const { driver } of expected as { driver: string }[]) expect(plain).not.toContain(driver)
  })

  it('has a socket for each slot of a client', () => {
    expect(valuesOf(commandLine({ usbRedirections: 4 }), '-chardev')).toEqual(
      expect.arrayContaining(
        [0, 1, 2, 3].map((slot) => `socket,id=usbredir${slot},path=usbredir${slot}.sock,server=on,wait=off`),
      ),
    )
  })

  it('gets the socket of the host as a descriptor', () => {
    const [device] = devicesIn(commandLine({ vsockCid: 7 }, { files: { vsock: 12 } })).filter(
      ({ id }) => id === 'vsock',
    )
    expect(device).toMatchObject({ driver: 'vhost-vsock-pci-non-transitional', 'guest-cid': 7, vhostfd: '12' })
  })

  it.each<[string, Partial<DeviceSpec>, string[]]>([
    [
      'watchdog that powers off: QEMU pauses, the driver ends it',
      { watchdog: { model: 'i6300esb', action: 'poweroff' } },
      ['watchdog=pause'],
    ],
    ['watchdog that resets', { watchdog: { model: 'i6300esb', action: 'reset' } }, ['watchdog=reset']],
    ['watchdog that shuts down', { watchdog: { model: 'i6300esb', action: 'shutdown' } }, ['watchdog=shutdown']],
  ])('%s', (_, change, expected) => {
    expect(valuesOf(commandLine(change), '-action')).toEqual(['shutdown=pause,panic=pause', ...expected])
  })

  it('reports a panic through the processor for Hyper-V guests', () => {
    expect(valuesOf(commandLine({ panicDevices: ['hyperv'] }), '-global')).toEqual(['x86_64-cpu.hv-crash=on'])
  })

  it('keeps what the serial port prints unless told not to', () => {
    const serial = (change: Partial<DeviceSpec>): unknown =>
      valuesOf(commandLine(change), '-chardev').find((value) => String(value).includes('serial.sock'))
    expect(serial({})).toContain('logfile=/dev/fdset/9,logappend=on')
    expect(serial({ serialLog: false })).not.toContain('logfile')
    expect(serial({ serialConsole: false })).toBeUndefined()
  })

  it('uses the old form of every virtio device for guests that need it, on the root bus', () => {
    const modern = devicesIn(commandLine(virtioSpec)).filter(({ driver }) => driver.startsWith('virtio-'))
    const old = devicesIn(commandLine({ ...virtioSpec, virtioTransitional: true })).filter(({ driver }) =>
      driver.startsWith('virtio-'),
    )
    expect(modern.map(({ driver }) => driver)).toHaveLength(6)
    expect(old.map(({ driver }) => driver)).toEqual(modern.map(({ driver }) => `${driver}-transitional`))
    expect(new Set(old.map(({ bus }) => bus))).toEqual(new Set(['pcie.0']))
    expect(new Set(old.map(({ addr }) => addr)).size).toBe(old.length)
  })
})

describe('the screen', () => {
  it.each<[VideoModel | undefined, object]>([
    [undefined, { driver: 'VGA', vgamem_mb: 16, addr: '0x1' }],
    ['vga', { driver: 'VGA', vgamem_mb: 16 }],
    ['bochs', { driver: 'bochs-display', vgamem: 16_777_216 }],
    ['cirrus', { driver: 'cirrus-vga', vgamem_mb: 16 }],
    ['virtio', { driver: 'virtio-vga' }],
    ['ramfb', { driver: 'ramfb' }],
  ])('%s', (video, expected) => {
    const args = commandLine(video === undefined ? {} : { video })
    expect(devicesIn(args).filter(({ id }) => id === 'video')).toEqual([expect.objectContaining(expected)])
    expect(valuesOf(args, '-vnc')).toEqual(['unix:vnc.sock'])
  })

  it('is not there when the machine has none', () => {
    const args = commandLine({ graphics: false, video: 'vga', sound: 'ich9' })
    expect(devicesIn(args).filter(({ id }) => id === 'video')).toEqual([])
    expect(valuesOf(args, '-display')).toEqual(['none'])
    expect(valuesOf(args, '-vnc')).toEqual([])
    expect(valuesOf(args, '-audiodev')).toEqual(['none,id=audio'])
  })

  it('carries the sound to who watches', () => {
    expect(valuesOf(commandLine({ sound: 'ac97' }), '-vnc')).toEqual(['unix:vnc.sock,audiodev=audio'])
  })
})
