import { describe, expect, it } from 'vitest'
import { defaultConfiguration, resolveConfiguration } from '../configuration/cluster-configuration.ts'
import { told } from '../testing/causes.ts'
import { exampleInstance } from '../testing/examples.ts'
import type { Disk } from '../types/domain.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { KubeVirtConfiguration } from '../types/kubevirt.ts'
import { validateHotplugDisk } from './hotplug.ts'
import { validateInstanceUpdate } from './instance.ts'

/** One disk from the start, one that came later. */
function running(): VirtualMachineInstance & { spec: VirtualMachineInstanceSpec } {
  const instance = exampleInstance('Running')
  instance.spec.domain.cpu = { sockets: 1, maxSockets: 4 }
  instance.spec.domain.memory = { guest: '1Gi', maxGuest: '4Gi' }
  instance.spec.volumes = [
    { name: 'root', dataVolume: { name: 'root' } },
    { name: 'data', persistentVolumeClaim: { claimName: 'data', hotpluggable: true } },
  ]
  instance.spec.domain.devices.disks = [
    { name: 'root', disk: { bus: 'virtio' } },
    { name: 'data', disk: { bus: 'scsi' } },
  ]
  instance.status = {
    ...instance.status,
    volumeStatus: [
      { name: 'root', target: 'vda' },
      { name: 'data', target: 'sda', hotplugVolume: {} },
    ],
  }
  return instance
}

type Change = (spec: VirtualMachineInstanceSpec) => void

function add(volume: NonNullable<VirtualMachineInstanceSpec['volumes']>[number], disk?: Disk): Change {
  return (spec) => {
    spec.volumes?.push(volume)
    spec.domain.devices.disks?.push(disk ?? { name: 'other', cdrom: { bus: 'sata' } })
  }
}

const claim = { name: 'new', persistentVolumeClaim: { claimName: 'new' } }
const utility = [{ name: 'u', claimName: 'c' }]
const gate = { developerConfiguration: { featureGates: ['UtilityVolumes'] } }

describe('what the engine changes in a running instance', () => {
  it.each<[string, Change, string[], KubeVirtConfiguration?]>([
    ['nothing', () => {}, []],
    ['sockets within the maximum', ({ domain }) => (domain.cpu = { sockets: 2, maxSockets: 4 }), []],
    [
      'the maximum of sockets',
      ({ domain }) => (domain.cpu = { maxSockets: 8 }),
      ['Invalid: CPU topology maxSockets changed'],
    ],
    [
      'the maximum of memory',
      ({ domain }) => (domain.memory = { guest: '1Gi', maxGuest: '8Gi' }),
      ['Invalid: Memory maxGuest changed'],
    ],
    ['the same maximum in other words', ({ domain }) => (domain.memory = { guest: '1Gi', maxGuest: '4096Mi' }), []],
    [
      'a volume without a disk',
      ({ volumes }) => volumes?.push(claim),
      ['Invalid: mismatch between volumes declared (3) and required (2)'],
    ],
    [
      'a volume less',
      (spec) => {
        spec.volumes = spec.volumes?.slice(1)
        spec.domain.devices.disks = spec.domain.devices.disks?.slice(1)
      },
      ['Invalid: Number of permanent volumes has changed'],
    ],
    [
      'another root',
      ({ volumes }) => Object.assign(volumes?.[0] ?? {}, { dataVolume: { name: 'x' } }),
      ['Invalid: permanent volume root, changed'],
    ],
    [
      'another bus of the root',
      ({ domain }) => Object.assign(domain.devices.disks?.[0] ?? {}, { disk: { bus: 'sata' } }),
      ['Invalid: permanent disk root, changed'],
    ],
    [
      'another claim',
      ({ volumes }) => Object.assign(volumes?.[1] ?? {}, { persistentVolumeClaim: { claimName: 'x' } }),
      ['Invalid: hotplug volume data, changed'],
    ],
    [
      'another bus',
      ({ domain }) => Object.assign(domain.devices.disks?.[1] ?? {}, { disk: { bus: 'virtio' } }),
      ['Invalid: hotplug disk data, changed'],
    ],
    ['a volume more', add(claim, { name: 'new', disk: { bus: 'virtio' } }), []],
    [
      'an image more',
      add({ name: 'new', containerDisk: { image: 'i' } }, { name: 'new', disk: { bus: 'virtio' } }),
      ['Invalid: volume new is not a PVC or DataVolume'],
    ],
    ['a volume shown elsewhere', add(claim, { name: 'nowhere', disk: {} }), ['Invalid: disk new does not exist']],
    [
      'a volume on SATA',
      add(claim, { name: 'new', disk: { bus: 'sata' } }),
      ["Invalid: Hotplug configuration for disk [new] requires bus to be 'scsi' or 'virtio'. [sata] is not permitted."],
    ],
    [
      'a utility volume without the gate',
      (spec) => (spec.utilityVolumes = utility),
      ['Invalid spec.utilityVolumes: UtilityVolumes feature gate is not enabled'],
    ],
    ['a utility volume', (spec) => (spec.utilityVolumes = utility), [], gate],
    [
      'utility volumes without names',
      (spec) =>
        (spec.utilityVolumes = [
          { name: '', claimName: '' },
          { name: 'root', claimName: 'c' },
        ]),
      [
        "Required spec.utilityVolumes[0].name: UtilityVolume 'name' must be set",
        "Required spec.utilityVolumes[0].claimName: UtilityVolume PVC 'claimName' must be set",
        'Duplicate spec.utilityVolumes[1].name: spec.utilityVolumes[1] conflicts with spec.volumes[0]. UtilityVolume names must be unique across both volumes and utilityVolumes.',
      ],
      gate,
    ],
  ])('%s', (_what, change, causes, configured = {}) => {
    const previous = running()
    const instance = running()
    change(instance.spec)
    const configuration = resolveConfiguration(configured)
    expect(validateInstanceUpdate(instance, previous, { configuration, trusted: true }).map(told)).toEqual(causes)
  })

  it('is nothing that others may change', () => {
    const [previous, instance] = [running(), running()]
    instance.spec.hostname = 'x'
    const options = { configuration: defaultConfiguration, trusted: false }
    expect(validateInstanceUpdate(instance, previous, options).map(told)).toEqual([
      'NotSupported: update of VMI object is restricted',
    ])
    const labelled = running()
    labelled.metadata.labels = { 'kubevirt.io/nodeName': 'x' }
    expect(validateInstanceUpdate(labelled, previous, options).map(told)).toEqual([
      'NotSupported: modification of the following reserved kubevirt.io/ labels on a VMI object is prohibited',
    ])
    expect(validateInstanceUpdate(labelled, previous, { ...options, trusted: true })).toEqual([])
  })
})

describe('a disk to attach', () => {
  const request = { name: 'd', what: 'AddVolume request', field: 'Status.volumeRequests' }
  const at = 'Invalid Status.volumeRequests: AddVolume request'

  it.each<[string, Disk | undefined, string[]]>([
    ['virtio', { name: 'd', disk: { bus: 'virtio' }, dedicatedIOThread: true }, []],
    ['none', undefined, [`${at} for [d] requires the disk field to be set.`]],
    ['a CD-ROM', { name: 'd', cdrom: {} }, [`${at} for [d] requires diskDevice of type 'disk' or 'lun' to be used.`]],
    [
      'a LUN on virtio',
      { name: 'd', lun: { bus: 'virtio' } },
      [`${at} for LUN [d] requires bus to be 'scsi'. [virtio] is not permitted.`],
    ],
    [
      'an I/O thread on SCSI',
      { name: 'd', disk: { bus: 'scsi' }, dedicatedIOThread: true },
      [`${at} for [d] requires virtio bus for IOThreads.`],
    ],
    [
      'boot order zero',
      { name: 'd', disk: { bus: 'scsi' }, bootOrder: 0 },
      [
        'Invalid spec.domain.devices.disks[1].bootOrder: spec.domain.devices.disks[1] must have a boot order > 0, if supplied',
      ],
    ],
  ])('%s', (_what, disk, causes) => {
    expect(validateHotplugDisk(disk, request).map(told)).toEqual(causes)
  })
})
