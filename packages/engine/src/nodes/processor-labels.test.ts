import type { HostCapabilities } from '@berth/hypervisor'
import { expect, it } from 'vitest'
import { processorLabels, withoutProcessors } from './processor-labels.ts'

const host: HostCapabilities = {
  acceleration: 'tcg',
  version: '7.2.0',
  architecture: 'amd64',
  cpuModels: [],
  machineTypes: [],
  compute: {
    processor: {
      missing: { Penryn: [], 'Penryn-v1': [], Haswell: ['hle'] },
      features: { aes: true, 'sse4.1': true, sse4_1: true, hle: false },
      switches: ['hv-relaxed', 'kvmclock'],
    },
    hugePages: [],
    numaNodes: 1,
    dedicatedProcessors: 3,
    noRealtime: 'the kernel limits it',
    noEncryption: { sev: '', snp: '', tdx: '' },
  },
}

it('names the models and features a guest can have, as nodes of KubeVirt do', () => {
  expect(processorLabels(host)).toEqual({
    cpumanager: 'true',
    'kubevirt.io/realtime': 'false',
    'cpu-model.node.kubevirt.io/Penryn': 'true',
    'cpu-feature.node.kubevirt.io/aes': 'true',
    'cpu-feature.node.kubevirt.io/sse4.1': 'true',
  })
})

it('names what Windows can be told under KVM only', () => {
  expect(processorLabels({ ...host, acceleration: 'kvm' })).toHaveProperty(['hyperv.node.kubevirt.io/relaxed'], 'true')
})

it('says nothing where nothing is known', () => {
  const { compute: _, ...unknown } = host
  expect(processorLabels(unknown)).toEqual({})
})

it('takes back what it said, and nothing that people set', () => {
  expect(withoutProcessors({ ...processorLabels(host), disk: 'ssd' })).toEqual({
    cpumanager: 'true',
    'kubevirt.io/realtime': 'false',
    disk: 'ssd',
  })
})
