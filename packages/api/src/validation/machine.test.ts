/** Expected causes of the table are those of KubeVirt's own webhook for the same manifest. */

import { applyMergePatch, type JsonObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { defaultConfiguration, resolveConfiguration } from '../configuration/cluster-configuration.ts'
import { defaultTemplateSpec } from '../defaulting/instance.ts'
import { accepted, told, type Row } from '../testing/causes.ts'
import { exampleMachine } from '../testing/examples.ts'
import type { KubeVirtConfiguration } from '../types/kubevirt.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { validateMachine } from './machine.ts'

const rows: Row[] = [
  ['nothing', {}, []],
  ['no run strategy', { runStrategy: null }, ['Invalid spec.running: RunStrategy must be specified']],
  [
    'both ways to say it runs',
    { running: true },
    [
      'Invalid spec.running: Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead',
    ],
  ],
  ['unknown run strategy', { runStrategy: 'Never' }, ['Invalid spec.runStrategy: Invalid RunStrategy (Never)']],
  ['waiting for a migration', { runStrategy: 'WaitAsReceiver' }, []],
  [
    'waiting for a migration without the gate',
    { runStrategy: 'WaitAsReceiver' },
    [
      'Invalid spec.runStrategy: Invalid RunStrategy (WaitAsReceiver), DecentralizedLiveMigration feature gate is not enabled in kubevirt resource',
    ],
    { developerConfiguration: { disabledFeatureGates: ['DecentralizedLiveMigration'] } },
  ],
  [
    'labels and annotations of the template',
    {
      template: {
        metadata: {
          labels: { 'kubevirt.io/nodeName': 'x' },
          annotations: { 'kubevirt.io/ignitiondata': 'x', 'hooks.kubevirt.io/hookSidecars': 'y' },
        },
      },
    },
    [
      'NotSupported spec.template.metadata.labels: creation of the following reserved kubevirt.io/ labels on a VMI object is prohibited',
      'Invalid spec.template.metadata.annotations: ExperimentalIgnitionSupport feature gate is not enabled in kubevirt-config, invalid entry spec.template.metadata.annotations.kubevirt.io/ignitiondata',
      'Invalid spec.template.metadata.annotations: sidecar feature gate is not enabled in kubevirt-config, invalid entry spec.template.metadata.annotations.hooks.kubevirt.io/hookSidecars',
    ],
  ],
  [
    'annotations whose gates are open, of what the engine does not do',
    {
      template: {
        metadata: { annotations: { 'kubevirt.io/ignitiondata': 'x', 'hooks.kubevirt.io/hookSidecars': 'y' } },
      },
    },
    [
      'Invalid spec.template.metadata.annotations: spec.template.metadata.annotations.kubevirt.io/ignitiondata: the embedded engine gives guests no Ignition configuration; use cloud-init',
      'Invalid spec.template.metadata.annotations: spec.template.metadata.annotations.hooks.kubevirt.io/hookSidecars: the embedded engine runs no containers, hence no hooks beside a machine',
    ],
    { developerConfiguration: { featureGates: ['Sidecar', 'ExperimentalIgnitionSupport'] } },
  ],
  [
    'small guest that grows',
    { template: { spec: { domain: { memory: { guest: '512Mi', maxGuest: '1Gi' } } } } },
    [
      'Invalid spec.template.spec.domain.memory.guest: Memory hotplug is only available for VMs with at least 1Gi of guest memory',
    ],
  ],
  [
    'guest that shrinks',
    { template: { spec: { domain: { memory: { guest: '2Gi', maxGuest: '1Gi' } } } } },
    ['Invalid spec.template.spec.domain.memory.guest: Guest memory is greater than the configured maxGuest memory'],
  ],
  [
    'guest of no whole blocks',
    { template: { spec: { domain: { memory: { guest: '1025Mi', maxGuest: '2Gi' } } } } },
    ['Invalid spec.template.spec.domain.memory.guest: Guest memory must be 2Mi aligned'],
  ],
  [
    'maximum of no whole blocks',
    { template: { spec: { domain: { memory: { guest: '1Gi', maxGuest: '2049Mi' } } } } },
    ['Invalid spec.template.spec.domain.memory.guest: MaxGuest must be 2Mi aligned'],
  ],
  [
    'guest of no whole large pages',
    {
      template: { spec: { domain: { memory: { guest: '1026Mi', maxGuest: '2Gi', hugepages: { pageSize: '1Gi' } } } } },
    },
    [
      "Invalid spec.template.spec.domain.resources.requests.memory: spec.template.spec.domain.resources.requests.memory '0' is not a multiple of the page size spec.template.spec.domain.memory.hugepages.pageSize '1Gi'",
      'Invalid spec.template.spec.domain.memory.guest: Guest memory must be 1Gi aligned',
    ],
  ],
  [
    'realtime guest that grows',
    {
      template: {
        spec: {
          domain: {
            cpu: { realtime: {}, numa: { guestMappingPassthrough: {} } },
            memory: { guest: '1Gi', maxGuest: '2Gi' },
          },
        },
      },
    },
    [
      'Invalid spec.template.spec.domain.cpu.numa.guestMappingPassthrough: spec.template.spec.domain.cpu.dedicatedCpuPlacement must be set to true when NUMA topology strategy is set in spec.template.spec.domain.cpu.numa.guestMappingPassthrough',
      'Invalid spec.template.spec.domain.cpu.numa.guestMappingPassthrough: spec.template.spec.domain.memory.hugepages must be requested when NUMA topology strategy is set in spec.template.spec.domain.cpu.numa.guestMappingPassthrough',
      'Required spec.template.spec.domain.cpu.dedicatedCpuPlacement: spec.template.spec.domain.cpu.dedicatedCpuPlacement must be set to true when spec.template.spec.domain.cpu.realtime is used',
      'Invalid spec.template.spec.domain.memory.guest: Memory hotplug is not compatible with realtime VMs',
    ],
  ],
  [
    'guest on NUMA nodes that grows',
    {
      template: {
        spec: { domain: { cpu: { numa: { guestMappingPassthrough: {} } }, memory: { guest: '1Gi', maxGuest: '2Gi' } } },
      },
    },
    [
      'Invalid spec.template.spec.domain.cpu.numa.guestMappingPassthrough: spec.template.spec.domain.cpu.dedicatedCpuPlacement must be set to true when NUMA topology strategy is set in spec.template.spec.domain.cpu.numa.guestMappingPassthrough',
      'Invalid spec.template.spec.domain.cpu.numa.guestMappingPassthrough: spec.template.spec.domain.memory.hugepages must be requested when NUMA topology strategy is set in spec.template.spec.domain.cpu.numa.guestMappingPassthrough',
      'Invalid spec.template.spec.domain.memory.guest: Memory hotplug is not compatible with guest mapping passthrough',
    ],
  ],
  [
    'encrypted guest that grows',
    { template: { spec: { domain: { launchSecurity: { sev: {} }, memory: { guest: '1Gi', maxGuest: '2Gi' } } } } },
    [
      'Invalid spec.template.spec.launchSecurity: SEV requires OVMF (UEFI)',
      'Invalid spec.template.spec.domain.memory.guest: Memory hotplug is not compatible with encrypted VMs',
    ],
  ],
  [
    'guest on arm64 that grows',
    {
      template: {
        spec: {
          architecture: 'arm64',
          domain: { machine: { type: 'virt' }, memory: { guest: '1Gi', maxGuest: '2Gi' } },
        },
      },
    },
    ['Invalid spec.template.spec.domain.memory.guest: Memory hotplug is only available for x86_64 VMs'],
  ],
  [
    'maximum without a size',
    { template: { spec: { domain: { memory: { guest: null, maxGuest: '2Gi' } } } } },
    ['Invalid spec.template.spec.domain.memory.guest: Guest memory must be configured when memory hotplug is enabled'],
  ],
  [
    'sockets above the maximum',
    { template: { spec: { domain: { cpu: { sockets: 4, maxSockets: 2 } } } } },
    [
      'Invalid spec.template.spec.domain.cpu.sockets: Number of sockets in CPU topology is greater than the maximum sockets allowed',
      'Invalid spec.template.spec.domain.cpu.sockets: Number of sockets in CPU topology is greater than the maximum sockets allowed',
    ],
  ],
  [
    'data volume nobody uses',
    { dataVolumeTemplates: [{ metadata: { name: 'd' }, spec: { source: { blank: {} }, storage: {} } }] },
    [
      "Required spec.dataVolumeTemplate[0]: DataVolumeTemplate entry spec.dataVolumeTemplate[0] must be referenced in the VMI template's 'volumes' list",
    ],
  ],
  [
    'data volume without a name',
    { dataVolumeTemplates: [{ metadata: {}, spec: { source: { blank: {} }, storage: {} } }] },
    [
      "Required spec.dataVolumeTemplate[0].name: 'name' field must not be empty for DataVolumeTemplate entry spec.dataVolumeTemplate[0].name.",
    ],
  ],
  [
    'data volume without a target',
    { dataVolumeTemplates: [{ metadata: { name: 'd' }, spec: { source: { blank: {} } } }] },
    ['Invalid spec.dataVolumeTemplate[0].PVC.Storage: Missing Data volume PVC or Storage'],
  ],
  [
    'data volume with two targets',
    { dataVolumeTemplates: [{ metadata: { name: 'd' }, spec: { source: { blank: {} }, storage: {}, pvc: {} } }] },
    [
      'Invalid spec.dataVolumeTemplate[0].PVC.Storage: Duplicate storage definition, both target storage and target pvc defined',
    ],
  ],
  [
    'data volume without a source',
    { dataVolumeTemplates: [{ metadata: { name: 'd' }, spec: { storage: {} } }] },
    [
      'Invalid spec.dataVolumeTemplate[0].source.sourceRef: Data volume should have either Source, SourceRef, or be externally populated',
    ],
  ],
  [
    'data volume with an empty source',
    { dataVolumeTemplates: [{ metadata: { name: 'd' }, spec: { source: {}, storage: {} } }] },
    ['Invalid spec.dataVolumeTemplate[0].source: Missing dataVolume valid source'],
  ],
  [
    'data volume with two sources',
    { dataVolumeTemplates: [{ metadata: { name: 'd' }, spec: { source: { blank: {}, upload: {} }, storage: {} } }] },
    ['Invalid spec.dataVolumeTemplate[0].source: Multiple dataVolume sources'],
  ],
  [
    'data volume that is filled twice',
    {
      dataVolumeTemplates: [
        { metadata: { name: 'd' }, spec: { source: { blank: {} }, storage: { dataSource: { kind: 'x', name: 'y' } } } },
      ],
    },
    ['Invalid spec.dataVolumeTemplate[0].source: External population is incompatible with Source and SourceRef'],
  ],
  [
    'data volume used as a claim',
    {
      dataVolumeTemplates: [
        {
          metadata: { name: 'd' },
          spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } } },
        },
      ],
      template: { spec: { volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'd' } }] } },
    },
    [],
  ],
  ['no memory: its instance may get some from a preset', { template: { spec: { domain: { memory: null } } } }, []],
  ['no architecture', { template: { spec: { architecture: null } } }, []],
]

function machineCauses(change: JsonObject, configured: KubeVirtConfiguration = {}): string[] {
  const configuration = resolveConfiguration(configured)
  const object: unknown = {
    ...exampleMachine(),
    spec: applyMergePatch({ runStrategy: 'Halted', template: { spec: accepted } }, change),
  }
  // As above: plain JSON, as clients send it.
  const machine = object as VirtualMachine
  defaultTemplateSpec(machine.spec.template.spec, { architecture: 'amd64', configuration })
  return validateMachine(machine, { configuration }).map(told)
}

describe('admission of machines', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(machineCauses(change, configuration)).toEqual(causes)
  })

  it('needs a template', () => {
    const machine = exampleMachine()
    Reflect.deleteProperty(machine.spec, 'template')
    expect(validateMachine(machine).map(told)).toEqual(['Required spec.template: missing virtual machine template.'])
  })

  it('looks at what KubeVirt lets fail later only when KubeVirt is content', () => {
    const volume = { name: 'root', emptyDisk: { capacity: '0' } }
    const template = { spec: { hostname: 'Bad_Name', volumes: [volume] } }
    expect(machineCauses({ template })).toEqual([expect.stringContaining('spec.template.spec.hostname')])
    expect(machineCauses({ template: { spec: { volumes: [volume] } } })).toEqual([
      'Invalid spec.template.spec.volumes[0].emptyDisk.capacity: spec.template.spec.volumes[0].emptyDisk.capacity must be greater than 0',
    ])
  })
})

describe('a machine in a namespace', () => {
  it('makes data volumes there only', () => {
    const machine = exampleMachine()
    machine.spec.template.spec.volumes = [{ name: 'a', dataVolume: { name: 'd' } }]
    const metadata = { name: 'd', namespace: 'other' }
    const size = { resources: { requests: { storage: '1Gi' } } }
    machine.spec.dataVolumeTemplates = [{ metadata, spec: { source: { blank: {} }, storage: size } }]
    machine.spec.template.spec.domain.devices.disks = [{ name: 'a', disk: {} }]
    const found = validateMachine(machine, { configuration: defaultConfiguration }).map(told)
    expect(found).toEqual([
      'Invalid spec.dataVolumeTemplates[0]: Embedded DataVolume namespace other differs from VM namespace default',
    ])
    const previous = structuredClone(machine)
    expect(validateMachine(machine, { configuration: defaultConfiguration, previous })).toEqual([])
  })
})

describe('a machine that is busy', () => {
  /** [what, status, changed, message] */
  const busy: [string, object, (machine: VirtualMachine) => void, string][] = [
    [
      'volumes during a snapshot',
      { snapshotInProgress: 's' },
      ({ spec }) => (spec.template.spec.volumes = [{ name: 'a', emptyDisk: { capacity: '1Gi' } }]),
      'NotSupported spec: Cannot update vm disks or volumes until snapshot "s" completes',
    ],
    [
      'run strategy during a snapshot',
      { snapshotInProgress: 's' },
      ({ spec }) => (spec.runStrategy = 'Halted'),
      'NotSupported spec: Cannot update vm running state until snapshot "s" completes',
    ],
    [
      'run strategy during a restore',
      { restoreInProgress: 'r' },
      ({ spec }) => (spec.runStrategy = 'Halted'),
      'NotSupported spec: Cannot update VM runStrategy until restore "r" completes',
    ],
  ]

  it.each(busy)('keeps its %s', (_what, status, change, message) => {
    const previous = exampleMachine('Always', status)
    const machine = structuredClone(previous)
    expect(validateMachine(machine, { configuration: defaultConfiguration, previous })).toEqual([])
    change(machine)
    machine.spec.template.spec.domain.devices.disks = (machine.spec.template.spec.volumes ?? []).map(({ name }) => ({
      name,
    }))
    expect(validateMachine(machine, { configuration: defaultConfiguration, previous }).map(told)).toEqual([message])
  })
})
