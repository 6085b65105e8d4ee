import { describe, expect, it } from 'vitest'
import type { ComputeAbilities } from './compute-abilities.ts'
import type { HostAbilities } from './rule.ts'
import { unhonoured } from './unhonoured.ts'

const emulated: ComputeAbilities = {
  acceleration: 'tcg',
  accelerationReason: 'there is no /dev/kvm',
  cpuModels: { max: [], qemu64: [], Haswell: ['hle', 'rtm'] },
  cpuFeatures: { aes: true, hle: false, 'cmp-legacy': false },
  cpuSwitches: ['x-force-features', 'hv-relaxed', 'hv-tlbflush', 'kvm-pv-eoi'],
  hugePageSizes: [2 * 1024 ** 2],
  numaNodes: 1,
  dedicatedProcessors: 3,
  noLockedMemory: 'the limit is low',
  noRealtime: 'the kernel limits it',
  noEncryption: { sev: 'no SEV here', snp: 'no SNP here', tdx: 'no TDX here' },
}
const accelerated: ComputeAbilities = { ...emulated, acceleration: 'kvm' }

function refusals(domain: object, compute: ComputeAbilities | undefined): string[] {
  const host: HostAbilities = {
    architecture: 'amd64',
    uefi: false,
    hostDiskDirectories: [],
    ...(compute === undefined ? {} : { compute }),
  }
  return unhonoured('VirtualMachineInstance', { domain: { devices: {}, ...domain } }, host).map(
    ({ field, message }) => `${field}: ${message}`,
  )
}

const hyperv = (features: object): object => ({ features: { hyperv: features } })
const timer = (timers: object): object => ({ clock: { timer: timers } })
const feature = (name: string, policy?: string): object => ({
  cpu: { features: [policy === undefined ? { name } : { name, policy }] },
})

describe('what an emulating host honours', () => {
  it.each<[string, object]>([
    ['the best processor', { cpu: { model: 'host-passthrough' } }],
    ['a model', { cpu: { model: 'qemu64' } }],
    ['a feature it has', feature('aes')],
    ['a feature it may lack', feature('hle', 'optional')],
    ['a feature it forces', feature('hle', 'force')],
    ['a forbidden feature it lacks', feature('cmp_legacy', 'forbid')],
    ['room to grow', { cpu: { maxSockets: 4 }, memory: { guest: '1Gi', maxGuest: '4Gi' } }],
    ['processors it gives away', { cpu: { cores: 2, dedicatedCpuPlacement: true, isolateEmulatorThread: true } }],
    ['NUMA', { cpu: { dedicatedCpuPlacement: true, numa: { guestMappingPassthrough: {} } } }],
    ['huge pages', { memory: { hugepages: { pageSize: '2Mi' } } }],
    ['overhead', { memory: { reservedOverhead: { addedOverhead: '1Mi', memLock: 'NotRequired' } } }],
    ['overcommit', { resources: { overcommitGuestOverhead: true } }],
    ['identity', { chassis: { manufacturer: 'a', sku: 'b' }, firmware: { uuid: 'u', acpi: { slicNameRef: 'v' } } }],
    ['what is off', hyperv({ relaxed: { enabled: false }, synictimer: { enabled: false, direct: {} } })],
    [
      'timers it has',
      timer({ hpet: { present: false }, pit: { tickPolicy: 'delay' }, rtc: { tickPolicy: 'catchup' } }),
    ],
    ['timers of KVM that are off', timer({ kvm: { present: false }, hyperv: { present: false } })],
    ['a hidden hypervisor', { features: { kvm: { hidden: true }, pvspinlock: { enabled: false } } }],
  ])('%s', (_, domain) => {
    expect(refusals(domain, emulated)).toEqual([])
  })

  it.each<[object, string]>([
    [
      { cpu: { model: 'Z80' } },
      'cpu.model: the emulator of this host has no such CPU model; this host has host-model, host-passthrough, max, qemu64',
    ],
    [{ cpu: { model: 'Haswell' } }, 'cpu.model: this host lacks features of this CPU model: hle, rtm; this host has'],
    [{ cpu: { model: 'toString' } }, 'cpu.model: the emulator of this host has no such CPU model'],
    [feature('hle'), 'cpu.features[0]: this host has no CPU feature "hle", because its processors are emulated'],
    [feature('hle', ''), 'cpu.features[0]: this host has no CPU feature "hle"'],
    [feature('nothing', 'force'), 'cpu.features[0]: the emulator of this host cannot force'],
    [feature('aes', 'forbid'), 'cpu.features[0]: this host has the CPU feature "aes", which is forbidden'],
    [
      { cpu: { cores: 4, dedicatedCpuPlacement: true } },
      'cpu: 4 processors of this host are wanted for the machine alone',
    ],
    [
      { cpu: { realtime: {} } },
      'cpu.realtime: processors of this host cannot have realtime priority: the kernel limits it',
    ],
    [
      { memory: { hugepages: { pageSize: '1Gi' } } },
      'memory.hugepages.pageSize: this host has no huge pages of 1Gi set aside (it has pages of 2Mi)',
    ],
    [
      { memory: { reservedOverhead: { memLock: 'Required' } } },
      'memory.reservedOverhead.memLock: memory cannot be locked on this host: the limit is low',
    ],
    [
      hyperv({ relaxed: {} }),
      'features.hyperv.relaxed: only KVM does this, and this host emulates processors: there is no /dev/kvm',
    ],
    [hyperv({ spinlocks: { spinlocks: 8191 } }), 'features.hyperv.spinlocks: only KVM'],
    [{ features: { hypervPassthrough: { enabled: true } } }, 'features.hypervPassthrough: only KVM'],
    [{ features: { pvspinlock: {} } }, 'features.pvspinlock: only KVM'],
    [{ features: { apic: { endOfInterrupt: true } } }, 'features.apic.endOfInterrupt: only KVM'],
    [timer({ kvm: {} }), 'clock.timer.kvm: only KVM'],
    [timer({ hyperv: { present: true } }), 'clock.timer.hyperv: only KVM'],
    [timer({ rtc: { present: false } }), 'clock.timer.rtc.present: machines always have'],
    [timer({ rtc: { tickPolicy: 'merge' } }), 'clock.timer.rtc.tickPolicy: '],
    [timer({ pit: { tickPolicy: 'discard' } }), 'clock.timer.pit.tickPolicy: only KVM'],
    [timer({ pit: { tickPolicy: 'catchup' } }), 'clock.timer.pit.tickPolicy: a late tick'],
    [timer({ hpet: { tickPolicy: 'catchup' } }), 'clock.timer.hpet.tickPolicy: '],
    [{ launchSecurity: { sev: {} } }, 'launchSecurity.sev: no SEV here'],
    [{ launchSecurity: { tdx: {} } }, 'launchSecurity.tdx: no TDX here'],
  ])('not %j', (domain, words) => {
    const [refusal, ...more] = refusals(domain, emulated)
    expect(more).toEqual([])
    expect(refusal).toContain(`spec.domain.${words}`)
  })
})

describe('what a host with KVM honours', () => {
  it.each<[string, object]>([
    ['enlightenments its emulator knows', hyperv({ relaxed: {}, tlbflush: { enabled: true } })],
    ['the end of interrupts', { features: { apic: { endOfInterrupt: true } } }],
    ['late ticks left out', timer({ pit: { tickPolicy: 'discard' } })],
  ])('%s', (_, domain) => {
    expect(refusals(domain, accelerated)).toEqual([])
  })

  it.each<[object, string]>([
    [hyperv({ ipi: {} }), 'features.hyperv.ipi: the emulator of this host is too old'],
    [hyperv({ tlbflush: { extended: {} } }), 'features.hyperv.tlbflush: the emulator of this host is too old'],
  ])('not %j', (domain, words) => {
    expect(refusals(domain, accelerated)[0]).toContain(`spec.domain.${words}`)
  })
})

it('leaves to the emulator what is not known of a host', () => {
  const domain = { cpu: { model: 'Z80', features: [{ name: 'x' }] }, memory: { hugepages: { pageSize: '1Gi' } } }
  expect(refusals({ ...domain, ...hyperv({ relaxed: {} }) }, undefined)).toEqual([])
})
