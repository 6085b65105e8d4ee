import { describe, expect, it } from 'vitest'
import type { HostCapabilities } from '../../spec/capabilities.ts'
import type { ComputeSpec } from '../../spec/compute.ts'
import { plainSpec } from '../../testing/spec.ts'
import { checkCompute } from './compute.ts'

const host: HostCapabilities = {
  acceleration: 'tcg',
  version: '7.2.0',
  architecture: 'amd64',
  cpuModels: ['max', 'host', 'qemu64', 'Haswell'],
  machineTypes: ['q35', 'pc-q35-7.2', 'pc-i440fx-7.2'],
  compute: {
    processor: {
      missing: { max: [], host: ['kvm'], qemu64: [], Haswell: ['hle', 'rtm'] },
      features: { aes: true, hle: false, rtm: false },
      switches: ['x-force-features', 'hv-relaxed', 'hv-vapic'],
    },
    hugePages: [{ pageBytes: 2 * 1024 ** 2, pages: 8 }],
    dedicatedProcessors: 2,
    numaNodes: 1,
    noLockedMemory: 'no limit to raise',
    noRealtime: 'the kernel limits it',
    noEncryption: { sev: '', snp: '', tdx: '' },
  },
}
const { compute: _, ...unknown } = host
const kvm: HostCapabilities = { ...host, acceleration: 'kvm' }
const { cpu, clock } = plainSpec('a')
const dedicated = { isolateEmulator: false, numa: false }

function problem(change: Partial<ComputeSpec>, on = host): string | undefined {
  try {
    checkCompute({ ...plainSpec('a'), ...change }, on, (what) => {
      throw new Error(what)
    })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return undefined
}

describe('what a host has to give', () => {
  it.each<[string, Partial<ComputeSpec>, HostCapabilities]>([
    ['a plain machine', {}, host],
    ['a model that runs whole', { cpu: { ...cpu, model: 'qemu64' } }, host],
    ['the host model under KVM', { cpu: { ...cpu, model: 'max' } }, kvm],
    [
      'a model whose missing parts are given up',
      {
        cpu: {
          ...cpu,
          model: 'Haswell',
          features: [
            { name: 'hle', policy: 'disable' },
            { name: 'rtm', policy: 'optional' },
          ],
        },
      },
      host,
    ],
    ['a feature that may be missing', { cpu: { ...cpu, features: [{ name: 'hle', policy: 'optional' }] } }, host],
    ['a forced feature', { cpu: { ...cpu, features: [{ name: 'hle', policy: 'force' }] } }, host],
    ['a forbidden feature that is not there', { cpu: { ...cpu, features: [{ name: 'hle', policy: 'forbid' }] } }, host],
    ['huge pages of a pool', { memoryMiB: 4, hugePageBytes: 2 * 1024 ** 2 }, host],
    ['all processors it gives away', { cpu: { ...cpu, cores: 2, dedicated } }, host],
    ['an enlightenment under KVM', { hypervisor: { hyperv: { flags: ['relaxed'] } } }, kvm],
    [
      'a timer of KVM that is not there anyway',
      { clock: { ...clock, timers: { kvmclock: { present: false } } } },
      host,
    ],
    ['anything, where nothing is known', { lockedMemory: true }, unknown],
  ])('takes %s', (_, change, on) => {
    expect(problem(change, on)).toBeUndefined()
  })

  it.each<[string, Partial<ComputeSpec>, HostCapabilities, RegExp]>([
    ['an unknown machine type', { machine: 'pc-q35-99' }, host, /"pc-q35-99" is unknown/],
    ['another family', { machine: 'pc-i440fx-7.2' }, host, /not one of the q35 family/],
    ['an unknown model', { cpu: { ...cpu, model: 'Z80' } }, host, /"Z80" is unknown/],
    ['the host model without KVM', { cpu: { ...cpu, model: 'host' } }, host, /needs KVM/],
    ['a model it has half of', { cpu: { ...cpu, model: 'Haswell' } }, host, /lacks: hle, rtm/],
    [
      'a model whose missing part is required',
      { cpu: { ...cpu, model: 'Haswell', features: [{ name: 'hle', policy: 'require' }] } },
      host,
      /hle/,
    ],
    [
      'a required feature',
      { cpu: { ...cpu, features: [{ name: 'hle', policy: 'require' }] } },
      host,
      /"hle" is required/,
    ],
    ['a required feature nobody knows', { cpu: { ...cpu, features: [{ name: 'x', policy: 'require' }] } }, host, /"x"/],
    ['a forced feature nobody knows', { cpu: { ...cpu, features: [{ name: 'x', policy: 'force' }] } }, host, /forced/],
    ['a forbidden feature', { cpu: { ...cpu, features: [{ name: 'aes', policy: 'forbid' }] } }, host, /forbidden/],
    ['pages without a pool', { hugePageBytes: 1024 ** 3 }, host, /no huge pages of 1073741824 bytes/],
    ['locked memory', { lockedMemory: true }, host, /no limit to raise/],
    [
      'realtime priority',
      { cpu: { ...cpu, dedicated: { ...dedicated, realtime: [0] } } },
      host,
      /realtime priority: the kernel limits it/,
    ],
    ['processors it keeps', { cpu: { ...cpu, cores: 3, dedicated } }, host, /3 processors .* there are 2/],
    [
      'a processor for the emulator',
      { cpu: { ...cpu, cores: 2, dedicated: { isolateEmulator: true, numa: false } } },
      host,
      /3 processors/,
    ],
    ['an enlightenment', { hypervisor: { hyperv: { flags: ['relaxed'] } } }, host, /hv-relaxed needs KVM/],
    ['an enlightenment of newer emulators', { hypervisor: { hyperv: { flags: ['ipi'] } } }, kvm, /no hv-ipi/],
    ['a timer of KVM', { clock: { ...clock, timers: { kvmclock: { present: true } } } }, host, /kvmclock needs KVM/],
    ['locks that tell', { hypervisor: { pvSpinlock: true } }, host, /kvm-pv-unhalt/],
  ])('refuses %s', (_, change, on, words) => {
    expect(problem(change, on)).toMatch(words)
  })
})
