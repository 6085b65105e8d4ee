import { describe, expect, it } from 'vitest'
import { defaultConfiguration, type VirtualMachineInstance } from '@berth/api'
import { quantityToBytes } from '@berth/meta'
import { launcherResources, launcherSettings } from './launcher-resources.ts'

function instanceWith(domain: Partial<VirtualMachineInstance['spec']['domain']>): VirtualMachineInstance {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'web' },
    spec: { domain: { devices: {}, ...domain } },
  }
}

describe('what the pod of a machine asks for', () => {
  it('is a tenth of each processor, and the memory with what running it costs', () => {
    const asked = launcherResources(instanceWith({ cpu: { sockets: 2, cores: 2 }, memory: { guest: '512Mi' } }))
    // 512 + 1 for page tables + 248 for the processes + 4 x 8 + 32 for graphics
    expect(asked).toEqual({ requests: { cpu: '400m', memory: '825Mi' } })
  })

  it('has no graphics to pay for where there are none', () => {
    const { requests } = launcherResources(
      instanceWith({ memory: { guest: '512Mi' }, devices: { autoattachGraphicsDevice: false } }),
    )
    expect(requests).toEqual({ cpu: '100m', memory: '769Mi' })
  })

  it('is what the machine asks for itself, within its own limits', () => {
    const asked = launcherResources(
      instanceWith({ resources: { requests: { cpu: '2', memory: '512Mi' }, limits: { cpu: '4', memory: '512Mi' } } }),
    )
    expect(asked).toEqual({
      requests: { cpu: '2', memory: '801Mi' },
      limits: { cpu: '4', memory: '801Mi' },
    })
  })

  it('leaves what running it costs out of what it asks for, but not out of its limit', () => {
    const resources = { overcommitGuestOverhead: true, limits: { memory: '512Mi' } }
    expect(launcherResources(instanceWith({ resources }))).toEqual({
      requests: { cpu: '100m', memory: '512Mi' },
      limits: { memory: '801Mi' },
    })
  })

  it('has what was added to its overhead', () => {
    const memory = { guest: '512Mi', reservedOverhead: { addedOverhead: '99Mi' } }
    expect(launcherResources(instanceWith({ memory })).requests['memory']).toBe('900Mi')
  })

  it('has its memory in huge pages, and the rest in ordinary ones', () => {
    const memory = { guest: '512Mi', hugepages: { pageSize: '2Mi' } }
    expect(launcherResources(instanceWith({ memory }))).toEqual({
      requests: { cpu: '100m', memory: '289Mi', 'hugepages-2Mi': '512Mi' },
      limits: { 'hugepages-2Mi': '512Mi' },
    })
  })

  it('has whole processors where they are its own, and one for its emulator', () => {
    const cpu = { sockets: 2, dedicatedCpuPlacement: true, isolateEmulatorThread: true }
    expect(launcherResources(instanceWith({ cpu, memory: { guest: '512Mi' } }))).toEqual({
      requests: { cpu: '3', memory: '909Mi' },
      limits: { cpu: '3', memory: '909Mi' },
    })
  })
})

describe('a configured cluster', () => {
  it('asks for processors and memory by its own ratios', () => {
    const instance = instanceWith({ cpu: { sockets: 4 }, memory: { guest: '1Gi' } })
    const usual = launcherSettings(defaultConfiguration)
    const sparing = { ...usual, cpuAllocationRatio: 4, memoryOvercommit: 200 }
    expect(launcherResources(instance, usual).requests['cpu']).toBe('400m')
    expect(launcherResources(instance, sparing).requests['cpu']).toBe('1000m')
    const [all, half] = [usual, sparing].map((settings) => launcherResources(instance, settings).requests['memory'])
    expect(quantityToBytes(all ?? '') - quantityToBytes(half ?? '')).toBe(512 * 1024 ** 2)
  })

  it('asks for what an overcommitting instance type left of the memory', () => {
    const whole = instanceWith({ memory: { guest: '1Gi' } })
    const less = instanceWith({ memory: { guest: '1Gi' }, resources: { requests: { memory: '512Mi' } } })
    const [all, half] = [whole, less].map((instance) => launcherResources(instance).requests['memory'])
    expect(quantityToBytes(all ?? '') - quantityToBytes(half ?? '')).toBe(512 * 1024 ** 2)
  })
})
