import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Acceleration } from '../../spec/capabilities.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import type { DomainNic } from '../../spec/nics.ts'
import { plainSpec } from '../../testing/spec.ts'
import { validateSpec } from '../../validate/spec.ts'
import { buildArguments } from './command-line.ts'
import { type OpenFiles } from './open-files.ts'
import type { ImageChain } from './disks.ts'

const disk: DomainDisk = { name: 'root', path: '/d', format: 'qcow2', device: 'disk', bus: 'virtio', readOnly: false }
const nic = plainSpec('a').nics[0] as DomainNic

function build(
  change: Partial<DomainSpec>,
  files: Partial<OpenFiles> = {},
  acceleration: Acceleration = 'tcg',
): string[] {
  const spec = { ...plainSpec('a'), ...change }
  const images = new Map<string, ImageChain>(
    spec.disks.map(({ name, format }, index) => [
      name,
      [{ filename: `/dev/fdset/${index + 3}`, format, hostDevice: false }],
    ]),
  )
  return buildArguments({
    spec,
    files: { descriptors: [{ fd: 3, set: 3 }], images, serialLog: '/dev/fdset/9', ...files },
    acceleration,
    now: new Date('2026-03-01T12:00:00Z'),
  })
}

/** Values of all options of one name, read as JSON where they are. */
function valuesOf(args: string[], name: string): unknown[] {
  return args.flatMap((arg, index) => {
    const value = args[index + 1]
    if (arg !== name || value === undefined) return []
    return [value.startsWith('{') ? JSON.parse(value) : value]
  })
}

describe('buildArguments', () => {
  it('runs in the sandbox, without defaults, and lets nothing run before the driver says so', () => {
    const args = build({})
    expect(args).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config', '-S']))
    expect(valuesOf(args, '-sandbox')).toEqual([
      'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    ])
  })

  it.each<[string, Partial<DomainSpec>, string, unknown[]]>([
    ['machine', { machine: 'pc-q35-7.2' }, '-machine', ['pc-q35-7.2,vmport=off,dump-guest-core=off,acpi=on']],
    ['no ACPI', { acpi: false }, '-machine', ['q35,vmport=off,dump-guest-core=off,acpi=off']],
    ['small emulated', { memoryMiB: 128 }, '-accel', ['tcg,tb-size=32']],
    ['emulated', { memoryMiB: 1024 }, '-accel', ['tcg,tb-size=256']],
    ['large emulated', { memoryMiB: 65_536 }, '-accel', ['tcg,tb-size=512']],
    ['UTC clock', {}, '-rtc', ['base=utc,clock=host,driftfix=slew']],
    [
      'moved clock',
      { clock: { utcOffsetSeconds: -3600 } },
      '-rtc',
      ['base=2026-03-01T11:00:00,clock=host,driftfix=slew'],
    ],
    [
      'clock of a time zone',
      { clock: { utcOffsetSeconds: 0, timezone: 'Asia/Kolkata' } },
      '-rtc',
      ['base=2026-03-01T17:30:00,clock=host,driftfix=slew'],
    ],
  ])('%s', (_, change, name, expected) => {
    expect(valuesOf(build(change), name)).toEqual(expected)
  })

  it('refuses an unknown time zone', () => {
    expect(() => build({ clock: { utcOffsetSeconds: 0, timezone: '../../etc/passwd' } })).toThrow(
      expect.objectContaining({ code: 'InvalidSpec' }),
    )
  })

  it('puts kernel and command line into arguments of their own', () => {
    const args = build(
      { kernel: { path: '/k', initrd: '/i', cmdline: 'quiet -machine none,x' } },
      { kernel: { path: '/dev/fd/3', initrd: '/dev/fd/4' } },
    )
    expect(valuesOf(args, '-append')).toEqual(['quiet -machine none,x'])
    expect(valuesOf(args, '-kernel')).toEqual(['/dev/fd/3'])
    expect(valuesOf(args, '-initrd')).toEqual(['/dev/fd/4'])
  })

  it('has UEFI as flash, with variables that can be written', () => {
    const image = (fd: number) => ({ filename: `/dev/fdset/${fd}`, format: 'raw' as const, hostDevice: false })
    const args = build({ firmware: { kind: 'uefi' } }, { firmware: { code: image(4), vars: image(5) } })
    expect(valuesOf(args, '-blockdev')).toMatchObject([
      { 'node-name': 'firmware-code', 'read-only': true },
      { 'node-name': 'firmware-vars', 'read-only': false },
    ])
    expect(valuesOf(args, '-machine')).toEqual([expect.stringContaining('pflash0=firmware-code,pflash1=firmware-vars')])
  })
})

/** Reads `first,key=value,…` as QEMU does: two commas are one comma of a value. */
function readOption(text: string): string[] {
  return text
    .replaceAll(',,', '\0')
    .split(',')
    .map((part) => part.replaceAll('\0', ','))
}

describe('hostile text', () => {
  const hostile = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(',', '=', '-', '"', '{', '}', '\\', ' ', 'a', ',,', 'path=/x', '\n') }),
    fc.constantFrom(',accel=kvm', '-machine none', 'x,,y', '",driver="file', ',path=/etc/passwd', ',', ',,,'),
  )

  it('adds no argument and no option, whatever the title, serials, host name and command line are', () => {
    const shape = (change: Partial<DomainSpec>): string[] =>
      build(change, { kernel: { path: '/dev/fd/3' } }).map((arg, index, all) => {
        const option = all[index - 1] ?? ''
        if (option === '-append') return 'text'
        if (arg.startsWith('{')) {
          const { serial: _, ...rest } = JSON.parse(arg)
          return JSON.stringify(rest)
        }
        if (!['-name', '-smbios', '-netdev'].includes(option)) return arg
        return readOption(arg)
          .map((part) => part.split('=')[0])
          .join(',')
      })
    const make = (title: string, serial: string, cmdline: string, hostname: string): Partial<DomainSpec> => ({
      title,
      serial,
      kernel: { path: '/k', cmdline },
      disks: [{ ...disk, serial }],
      nics: [{ ...nic, network: { ...nic.network, hostname } }],
    })
    const plain = shape(make('t', 's', 'c', 'h'))
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (title, serial, cmdline, hostname) => {
        const change = make(title, serial, cmdline, hostname)
        try {
          validateSpec({ ...plainSpec('a'), ...change })
        } catch (error) {
          expect(error).toMatchObject({ code: 'InvalidSpec' })
          return
        }
        expect(shape(change)).toEqual(plain)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps commas of a serial in the serial', () => {
    const [, ...parts] = readOption(String(valuesOf(build({ serial: 'a,type=2,,b' }), '-smbios')[0]))
    expect(parts.at(-1)).toBe('serial=a,type=2,,b')
  })
})
