/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'negative request',
    { domain: { resources: { requests: { cpu: '-1' } } } },
    [
      "Invalid spec.domain.resources.requests.cpu: spec.domain.resources.requests.cpu '-1': must be greater than or equal to 0.",
    ],
  ],
  [
    'negative limit',
    { domain: { resources: { limits: { cpu: '-500m' } } } },
    [
      "Invalid spec.domain.resources.limits.cpu: spec.domain.resources.limits.cpu '-500m': must be greater than or equal to 0.",
    ],
  ],
  [
    'request above limit',
    { domain: { resources: { requests: { cpu: '1500m' }, limits: { cpu: '1' } } } },
    [
      "Invalid spec.domain.resources.requests.cpu: spec.domain.resources.requests.cpu '1500m' is greater than spec.domain.resources.limits.cpu '1'",
    ],
  ],
  [
    'dedicated without memory',
    { domain: { memory: null, cpu: { dedicatedCpuPlacement: true, cores: 2 } } },
    [
      'Invalid spec.domain.resources.limits.memory: spec.domain.resources.requests.memory, spec.domain.resources.limits.memory, spec.domain.memory.hugepages or spec.domain.memory.guest should be provided',
      "Required: no memory requested, at least one of 'spec.domain.memory.guest', 'spec.domain.memory.hugepages.pageSize' or 'spec.domain.resources.requests.memory' must be set",
    ],
  ],
  [
    'dedicated parts of processors',
    {
      domain: {
        cpu: { dedicatedCpuPlacement: true },
        resources: { requests: { cpu: '1500m' }, limits: { cpu: '1500m' } },
      },
    },
    [
      'Invalid spec.domain.resources.requests.cpu: provided resources CPU requests must be an interger',
      'Invalid spec.domain.resources.limits.cpu: provided resources CPU limits must be an interger',
    ],
  ],
  [
    'dedicated with unequal memory',
    {
      domain: {
        cpu: { dedicatedCpuPlacement: true, cores: 1 },
        resources: { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } },
      },
    },
    [
      'Invalid spec.domain.resources.requests.memory: spec.domain.resources.requests.memory must be equal to spec.domain.resources.limits.memory',
    ],
  ],
  [
    'dedicated without a number',
    { domain: { cpu: { dedicatedCpuPlacement: true } } },
    [
      'Invalid spec.domain.cpu.dedicatedCpuPlacement: either spec.domain.resources.requests.cpu or spec.domain.resources.limits.cpu or spec.domain.cpu.cores must be provided when DedicatedCPUPlacement is true ',
    ],
  ],
  [
    'dedicated with unequal numbers',
    { domain: { cpu: { dedicatedCpuPlacement: true }, resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } } },
    [
      'Invalid spec.domain.cpu.dedicatedCpuPlacement: spec.domain.resources.requests.cpu or spec.domain.resources.limits.cpu must be equal when DedicatedCPUPlacement is true ',
    ],
  ],
  [
    'dedicated with cores and another number',
    {
      domain: {
        cpu: { dedicatedCpuPlacement: true, cores: 3 },
        resources: { limits: { cpu: '2' }, requests: { cpu: '2' } },
      },
    },
    [
      'Invalid spec.domain.cpu.dedicatedCpuPlacement: spec.domain.resources.requests.cpu or spec.domain.resources.limits.cpu must not be provided at the same time with spec.domain.cpu.cores when DedicatedCPUPlacement is true ',
    ],
  ],
  [
    'dedicated with many threads',
    { domain: { cpu: { dedicatedCpuPlacement: true, threads: 3 } } },
    [
      'Invalid spec.domain.cpu.dedicatedCpuPlacement: Not more than two threads must be provided at spec.domain.cpu.threads (got 3) when DedicatedCPUPlacement is true',
    ],
  ],
  [
    'threads on arm64',
    { architecture: 'arm64', domain: { machine: { type: 'virt' }, cpu: { dedicatedCpuPlacement: true, threads: 2 } } },
    [
      'Invalid spec.architecture: threads must not be greater than 1 at spec.domain.cpu.threads (got 2) when spec.architecture is arm64',
    ],
  ],
  [
    'NUMA without what it needs',
    { domain: { cpu: { numa: { guestMappingPassthrough: {} } } } },
    [
      'Invalid spec.domain.cpu.numa.guestMappingPassthrough: spec.domain.cpu.dedicatedCpuPlacement must be set to true when NUMA topology strategy is set in spec.domain.cpu.numa.guestMappingPassthrough',
      'Invalid spec.domain.cpu.numa.guestMappingPassthrough: spec.domain.memory.hugepages must be requested when NUMA topology strategy is set in spec.domain.cpu.numa.guestMappingPassthrough',
    ],
  ],
  [
    'isolated emulator thread',
    { domain: { cpu: { isolateEmulatorThread: true } } },
    [
      'Invalid spec.domain.cpu.isolateEmulatorThread: IsolateEmulatorThread should be only set in combination with DedicatedCPUPlacement',
    ],
  ],
  [
    'feature policy',
    { domain: { cpu: { features: [{ name: 'aes', policy: 'maybe' }] } } },
    ['NotSupported spec.domain.cpu.features[0].policy: CPU feature aes uses policy maybe that is not supported.'],
  ],
  [
    'sockets above the maximum',
    { domain: { cpu: { sockets: 4, maxSockets: 2 } } },
    ['Invalid spec.domain.cpu.sockets: Number of sockets in CPU topology is greater than the maximum sockets allowed'],
  ],
  [
    'realtime without what it needs',
    { domain: { cpu: { realtime: {} } } },
    [
      'Required spec.domain.cpu.dedicatedCpuPlacement: spec.domain.cpu.dedicatedCpuPlacement must be set to true when spec.domain.cpu.realtime is used',
      'Required spec.domain.cpu.numa.guestMappingPassthrough: spec.domain.cpu.numa.guestMappingPassthrough must be defined when spec.domain.cpu.realtime is used',
    ],
  ],
]

describe('admission of processors', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
