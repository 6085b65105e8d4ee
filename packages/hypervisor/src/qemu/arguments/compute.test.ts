import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Acceleration } from '../../spec/capabilities.ts'
import type { ProcessorCapabilities } from '../../spec/compute-capabilities.ts'
import type { CpuSpec } from '../../spec/cpu.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import { hypervProperties, type HypervFlag } from '../../spec/hypervisor-features.ts'
import { commandLine, valuesOf } from '../../testing/command-line.ts'
import { plainSpec } from '../../testing/spec.ts'
import { validateSpec } from '../../validate/spec.ts'

const cpu: CpuSpec = { features: [], sockets: 1, cores: 1, threads: 1 }
const clock: DomainSpec['clock'] = { utcOffsetSeconds: 0 }

const processor: ProcessorCapabilities = {
  missing: { max: [], qemu64: [], Haswell: ['hle', 'rtm', 'pcid'] },
  features: { aes: true, 'sse4-1': true, sse4_1: true, hle: false, rtm: false, pcid: false, 'cmp-legacy': false },
  switches: ['x-force-features', 'hv-relaxed', 'kvmclock'],
}

describe('the command line of processors', () => {
  it.each<[string, Partial<DomainSpec>, Acceleration, string]>([
    ['the best of emulation', {}, 'tcg', 'max'],
    ['the best of KVM', {}, 'kvm', 'host'],
    ['a model', { cpu: { ...cpu, model: 'qemu64' } }, 'tcg', 'qemu64'],
    ['a required feature', { cpu: { ...cpu, features: [{ name: 'aes', policy: 'require' }] } }, 'kvm', 'host,aes=on'],
    [
      'an optional feature that is there',
      { cpu: { ...cpu, features: [{ name: 'aes', policy: 'optional' }] } },
      'tcg',
      'max,aes=on',
    ],
    [
      'an optional feature that is not',
      { cpu: { ...cpu, features: [{ name: 'hle', policy: 'optional' }] } },
      'tcg',
      'max',
    ],
    ['a disabled feature', { cpu: { ...cpu, features: [{ name: 'aes', policy: 'disable' }] } }, 'tcg', 'max,aes=off'],
    ['a forbidden feature', { cpu: { ...cpu, features: [{ name: 'hle', policy: 'forbid' }] } }, 'tcg', 'max,hle=off'],
    [
      'a feature in the spelling of libvirt',
      { cpu: { ...cpu, features: [{ name: 'cmp_legacy', policy: 'forbid' }] } },
      'tcg',
      'max,cmp-legacy=off',
    ],
    ['a feature nobody knows', { cpu: { ...cpu, features: [{ name: 'xyz', policy: 'disable' }] } }, 'tcg', 'max'],
    [
      'a forced feature that is there',
      { cpu: { ...cpu, features: [{ name: 'aes', policy: 'force' }] } },
      'tcg',
      'max,aes=on',
    ],
    [
      'a forced feature that is not, without what else the model would get',
      { cpu: { ...cpu, model: 'Haswell', features: [{ name: 'hle', policy: 'force' }] } },
      'tcg',
      'Haswell,x-force-features=on,hle=on,rtm=off,pcid=off',
    ],
    [
      'threads of emulation, on a processor that has some',
      { cpu: { ...cpu, threads: 2 } },
      'tcg',
      'max,family=23,model=1,x-force-features=on,topoext=on',
    ],
    [
      'realtime, without what interrupts it',
      { cpu: { ...cpu, dedicated: { isolateEmulator: false, numa: false, realtime: [0] } } },
      'kvm',
      'host,pmu=off',
    ],
    ['threads of KVM', { cpu: { ...cpu, threads: 2 } }, 'kvm', 'host'],
    ['a hidden emulator', { hypervisor: { hidden: true } }, 'tcg', 'max,tcg-cpuid=off'],
    ['a hidden KVM', { hypervisor: { hidden: true } }, 'kvm', 'host,kvm=off'],
    [
      'what KVM tells guests',
      { hypervisor: { endOfInterrupt: true, pvSpinlock: false } },
      'kvm',
      'host,kvm-pv-eoi=on,kvm-pv-unhalt=off',
    ],
    ['no kvmclock', { clock: { ...clock, timers: { kvmclock: { present: false } } } }, 'kvm', 'host,kvmclock=off'],
    [
      'no kvmclock where there is none',
      { clock: { ...clock, timers: { kvmclock: { present: false } } } },
      'tcg',
      'max',
    ],
    [
      'enlightenments with values',
      { hypervisor: { hyperv: { flags: ['relaxed', 'time'], spinlockRetries: 8191, vendorId: 'a=b c' } } },
      'kvm',
      'host,hv-relaxed=on,hv-time=on,hv-spinlocks=0x1fff,hv-vendor-id=a=b c',
    ],
    [
      'every enlightenment',
      // Exactly the keys of the table.
      { hypervisor: { hyperv: { flags: Object.keys(hypervProperties) as HypervFlag[] } } },
      'kvm',
      'host,hv-relaxed=on,hv-vapic=on,hv-vpindex=on,hv-runtime=on,hv-synic=on,hv-stimer=on,hv-stimer-direct=on,hv-reset=on,hv-frequencies=on,hv-reenlightenment=on,hv-tlbflush=on,hv-tlbflush-direct=on,hv-tlbflush-ext=on,hv-ipi=on,hv-evmcs=on,hv-time=on',
    ],
    [
      'all enlightenments there are',
      { hypervisor: { hyperv: { flags: [], passthrough: true } } },
      'kvm',
      'host,hv-passthrough=on',
    ],
  ])('%s', (_, change, acceleration, expected) => {
    expect(valuesOf(commandLine(change, { acceleration, processor }), '-cpu')).toEqual([expected])
  })

  it.each<[string, Partial<CpuSpec>, Acceleration, string]>([
    ['slow when emulated, are left out', {}, 'tcg', 'max,erms=off'],
    ['asked for, are there', { features: [{ name: 'erms', policy: 'require' }] }, 'tcg', 'max,erms=on'],
    ['of a model, stay', { model: 'Haswell' }, 'tcg', 'Haswell'],
    ['of KVM, stay', {}, 'kvm', 'host'],
  ])('fast string instructions, %s', (_, change, acceleration, expected) => {
    const withErms = { ...processor, features: { ...processor.features, erms: true } }
    const found = commandLine({ cpu: { ...cpu, ...change } }, { acceleration, processor: withErms })
    expect(valuesOf(found, '-cpu')).toEqual([expected])
  })

  it.each<[string, Partial<CpuSpec>, string]>([
    ['as many as there are', { sockets: 2, cores: 3, threads: 2 }, 'cpus=12,sockets=2,cores=3,threads=2'],
    ['room for more', { cores: 2, maxSockets: 4 }, 'cpus=2,maxcpus=8,sockets=4,cores=2,threads=1'],
    ['no room', { sockets: 2, maxSockets: 2 }, 'cpus=2,sockets=2,cores=1,threads=1'],
    [
      'more room than machines can have',
      { cores: 64, maxSockets: 8 },
      'cpus=64,maxcpus=192,sockets=3,cores=64,threads=1',
    ],
    ['more than there is room for', { cores: 250, maxSockets: 4 }, 'cpus=250,sockets=1,cores=250,threads=1'],
  ])('topology: %s', (_, change, expected) => {
    expect(valuesOf(commandLine({ cpu: { ...cpu, ...change } }), '-smp')).toEqual([expected])
  })
})

describe('the command line of memory', () => {
  it.each<[string, Partial<DomainSpec>, string, unknown[]]>([
    ['plain', { memoryMiB: 1500 }, '-m', ['size=1500M']],
    ['room for more', { memoryMiB: 1024, maxMemoryMiB: 4096 }, '-m', ['size=1024M,slots=1,maxmem=4096M']],
    ['no room', { memoryMiB: 1024, maxMemoryMiB: 1024 }, '-m', ['size=1024M']],
    ['plain memory needs no object', {}, '-object', []],
    ['locked', { lockedMemory: true }, '-overcommit', ['mem-lock=on']],
    [
      'huge pages, taken at once',
      { memoryMiB: 64, hugePageBytes: 2 * 1024 ** 2 },
      '-object',
      [
        {
          'qom-type': 'memory-backend-memfd',
          id: 'ram',
          size: 64 * 1024 ** 2,
          share: false,
          hugetlb: true,
          hugetlbsize: 2 * 1024 ** 2,
          prealloc: true,
        },
      ],
    ],
    [
      'shared',
      { memoryMiB: 64, sharedMemory: true },
      '-object',
      [{ 'qom-type': 'memory-backend-memfd', id: 'ram', size: 64 * 1024 ** 2, share: true }],
    ],
  ])('%s', (_, change, name, expected) => {
    expect(valuesOf(commandLine(change), name)).toEqual(expected)
  })

  it('has the guest find its memory in the object', () => {
    const [machine] = valuesOf(commandLine({ sharedMemory: true }), '-machine')
    expect(machine).toContain('memory-backend=ram')
  })

  it('lays NUMA nodes on those of the host', () => {
    const dedicated = { isolateEmulator: false, numa: true }
    const spec = { memoryMiB: 8, hugePageBytes: 2 * 1024 ** 2, cpu: { ...cpu, cores: 3, dedicated } }
    const numa = [
      { hostNode: 0, processors: [0, 2], memoryMiB: 6 },
      { hostNode: 3, processors: [1], memoryMiB: 2 },
    ]
    const args = commandLine(spec, { numa })
    expect(valuesOf(args, '-numa')).toEqual([
      'node,nodeid=0,memdev=ram-0,cpus=0,cpus=2',
      'node,nodeid=1,memdev=ram-1,cpus=1',
    ])
    expect(valuesOf(args, '-object')).toMatchObject([
      { id: 'ram-0', size: 6 * 1024 ** 2, 'host-nodes': [0], policy: 'bind', hugetlb: true },
      { id: 'ram-1', size: 2 * 1024 ** 2, 'host-nodes': [3], policy: 'bind' },
    ])
    expect(valuesOf(args, '-machine')).toEqual([expect.not.stringContaining('memory-backend')])
  })
})

describe('the command line of timers and identity', () => {
  it.each<[string, DomainSpec['clock']['timers'], Acceleration, string, unknown[]]>([
    ['no HPET', { hpet: { present: false } }, 'tcg', '-machine', [expect.stringContaining(',hpet=off')]],
    ['no PIT', { pit: { present: false } }, 'kvm', '-machine', [expect.stringContaining(',pit=off')]],
    ['late ticks stay late', { rtc: { tickPolicy: 'delay' } }, 'tcg', '-rtc', ['base=utc,clock=host,driftfix=none']],
    [
      'late ticks are given again',
      { rtc: { tickPolicy: 'catchup' } },
      'tcg',
      '-rtc',
      ['base=utc,clock=host,driftfix=slew'],
    ],
    ['the clock follows the guest', { rtc: { track: 'guest' } }, 'tcg', '-rtc', ['base=utc,clock=vm,driftfix=slew']],
    [
      'late ticks of the PIT are left out',
      { pit: { present: true, tickPolicy: 'discard' } },
      'kvm',
      '-global',
      ['kvm-pit.lost_tick_policy=discard'],
    ],
    ['the PIT of emulation has no such policy', { pit: { present: true, tickPolicy: 'delay' } }, 'tcg', '-global', []],
  ])('%s', (_, timers, acceleration, name, expected) => {
    const spec = { clock: { ...clock, ...(timers === undefined ? {} : { timers }) } }
    expect(valuesOf(commandLine(spec, { acceleration }), name)).toEqual(expected)
  })

  it('says who made the machine and its chassis, and leaves out what is empty', () => {
    const smbios = { system: { manufacturer: 'A, B', product: '', family: 'f' }, chassis: { asset: 'x' } }
    const uuid = plainSpec('a').uuid
    expect(valuesOf(commandLine({ smbios, serial: 's' }), '-smbios')).toEqual([
      `type=1,manufacturer=A,, B,family=f,uuid=${uuid},serial=s`,
      'type=3,asset=x',
    ])
  })

  it('hands over ACPI tables', () => {
    const acpiTables = [{ signature: 'SLIC' as const, base64: '' }]
    expect(valuesOf(commandLine({ acpiTables }, { files: { acpiTables: ['/dev/fd/7'] } }), '-acpitable')).toEqual([
      'sig=SLIC,file=/dev/fd/7',
    ])
  })
})

describe('hostile text', () => {
  const hostile = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(',', '=', '-', ' ', 'a', ',,', 'kvm=off', '\n'), maxLength: 14 }),
    fc.constantFrom(',accel=kvm', '-machine none', 'x,,y', 'Haswell,+vmx', ',file=/etc/passwd', ',', '\0'),
  )

  /** Options of a value as QEMU splits it; `-cpu` splits at every comma, the others take two for one of the value. */
  const keys = (name: string, value: string): string[] =>
    (name === '-cpu' ? value.split(',') : value.replaceAll(',,', '').split(',')).map((part) => part.split('=')[0] ?? '')

  const shape = (change: Partial<DomainSpec>): string[][] => {
    const args = commandLine(change, { acceleration: 'kvm' })
    return args.map((arg, index) => keys(args[index - 1] ?? '', arg))
  }

  it('adds no argument and no option, whatever the identity and the names are', () => {
    const make = (text: string, vendorId: string): Partial<DomainSpec> => ({
      smbios: {
        system: { manufacturer: text, product: text, version: text, sku: text, family: text },
        chassis: { manufacturer: text, version: text, serial: text, asset: text, sku: text },
      },
      hypervisor: { hyperv: { flags: [], vendorId } },
    })
    const plain = shape(make('t', 'v'))
    fc.assert(
      fc.property(hostile, hostile, (text, vendorId) => {
        fc.pre(text !== '')
        const change = make(text, vendorId)
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

  it('takes no name of a model, feature, type or zone that holds an option', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const changes: Partial<DomainSpec>[] = [
          { machine: text },
          { cpu: { ...cpu, model: text } },
          { cpu: { ...cpu, features: [{ name: text, policy: 'require' }] } },
        ]
        for (const change of changes) {
          try {
            validateSpec({ ...plainSpec('a'), ...change })
          } catch (error) {
            expect(error).toMatchObject({ code: 'InvalidSpec' })
            continue
          }
          expect(text).toMatch(/^[A-Za-z0-9._-]+$/)
        }
      }),
      { numRuns: 500 },
    )
  })
})
