/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'a name twice',
    {
      volumes: [
        { name: 'root', containerDisk: { image: 'i' } },
        { name: 'root', containerDisk: { image: 'i' } },
      ],
    },
    ['Invalid spec.volumes[1].name: spec.volumes[1] and spec.volumes[0] must not have the same Name.'],
  ],
  [
    'no source',
    { volumes: [{ name: 'root' }] },
    ['Invalid spec.volumes[0]: spec.volumes[0] must have exactly one source type set'],
  ],
  [
    'two sources',
    { volumes: [{ name: 'root', containerDisk: { image: 'i' }, emptyDisk: { capacity: '1Gi' } }] },
    ['Invalid spec.volumes[0]: spec.volumes[0] must have exactly one source type set'],
  ],
  [
    'data volume without a name',
    { volumes: [{ name: 'root', dataVolume: { name: '' } }] },
    ["Required spec.volumes[0].name: DataVolume 'name' must be set"],
  ],
  [
    'no user data',
    { volumes: [{ name: 'root', cloudInitNoCloud: {} }] },
    [
      'Invalid spec.volumes[0].cloudInitNoCloud: spec.volumes[0].cloudInitNoCloud must have at least one userdatasource or one networkdatasource set.',
    ],
  ],
  [
    'user data three times',
    {
      volumes: [
        { name: 'root', cloudInitNoCloud: { userData: 'a', userDataBase64: 'YQ==', secretRef: { name: 's' } } },
      ],
    },
    [
      'Invalid spec.volumes[0].cloudInitNoCloud: spec.volumes[0].cloudInitNoCloud must have only one userdatasource set.',
    ],
  ],
  [
    'network data twice',
    { volumes: [{ name: 'root', cloudInitConfigDrive: { networkData: 'a', networkDataSecretRef: { name: 's' } } }] },
    [
      'Invalid spec.volumes[0].cloudInitConfigDrive: spec.volumes[0].cloudInitConfigDrive must have only one networkdata source set.',
    ],
  ],
  [
    'long user data',
    { volumes: [{ name: 'root', cloudInitNoCloud: { userData: 'x'.repeat(2049) } }] },
    [
      'Invalid spec.volumes[0].cloudInitNoCloud: spec.volumes[0].cloudInitNoCloud userdata exceeds 2048 byte limit. Should use UserDataSecretRef for larger data.',
    ],
  ],
  [
    'long network data',
    { volumes: [{ name: 'root', cloudInitConfigDrive: { networkData: 'x'.repeat(2049) } }] },
    [
      'Invalid spec.volumes[0].cloudInitConfigDrive: spec.volumes[0].cloudInitConfigDrive networkdata exceeds 2048 byte limit. Should use NetworkDataSecretRef for larger data.',
    ],
  ],
  [
    'user data that is not base64',
    { volumes: [{ name: 'root', cloudInitNoCloud: { userDataBase64: '####' } }] },
    [
      'Invalid spec.volumes[0].cloudInitNoCloud.userDataBase64: spec.volumes[0].cloudInitNoCloud.userDataBase64.cloudInitNoCloud.userDataBase64 is not a valid base64 value.',
    ],
  ],
  [
    'network data that is not base64',
    { volumes: [{ name: 'root', cloudInitConfigDrive: { networkDataBase64: 'YQ' } }] },
    [
      'Invalid spec.volumes[0].cloudInitConfigDrive.networkDataBase64: spec.volumes[0].cloudInitConfigDrive.networkDataBase64.cloudInitConfigDrive.networkDataBase64 is not a valid base64 value.',
    ],
  ],
  [
    'host disk without the gate',
    { volumes: [{ name: 'root', hostDisk: { path: '/d', type: 'Disk' } }] },
    ['Invalid spec.volumes[0]: HostDisk feature gate is not enabled'],
  ],
  [
    'host disk',
    { volumes: [{ name: 'root', hostDisk: { path: '', type: 'Tape' } }] },
    [
      'NotFound spec.volumes[0].hostDisk.path: spec.volumes[0].hostDisk.path is required for hostDisk volume',
      "Invalid spec.volumes[0].hostDisk.type: spec.volumes[0].hostDisk.type has invalid value 'Tape', allowed are 'Disk' or 'DiskOrCreate'",
    ],
    { developerConfiguration: { featureGates: ['HostDisk'] } },
  ],
  [
    'size of a host disk that is there',
    { volumes: [{ name: 'root', hostDisk: { path: '/d', type: 'Disk', capacity: '1Gi' } }] },
    [
      "Invalid spec.volumes[0].hostDisk.capacity: spec.volumes[0].hostDisk.capacity is allowed to pass only with spec.volumes[0].hostDisk.type equal to 'DiskOrCreate'",
    ],
    { developerConfiguration: { featureGates: ['HostDisk'] } },
  ],
  [
    'config map without a name',
    { volumes: [{ name: 'root', configMap: { name: '' } }] },
    ['Invalid spec.volumes[0].configMap.name: spec.volumes[0].configMap.name is a required field'],
  ],
  [
    'secret without a name',
    { volumes: [{ name: 'root', secret: {} }] },
    ['Invalid spec.volumes[0].secret.secretName: spec.volumes[0].secret.secretName is a required field'],
  ],
  [
    'service account without a name',
    { volumes: [{ name: 'root', serviceAccount: {} }] },
    [
      'Invalid spec.volumes[0].serviceAccount.serviceAccountName: spec.volumes[0].serviceAccount.serviceAccountName is a required field',
    ],
  ],
  [
    'downward metrics without the gate',
    { volumes: [{ name: 'root', downwardMetrics: {} }] },
    ['Invalid spec.volumes[0]: downwardMetrics disks are not allowed: DownwardMetrics feature gate is not enabled.'],
  ],
  [
    'downward metrics elsewhere',
    {
      volumes: [{ name: 'root', downwardMetrics: {} }],
      domain: { devices: { disks: [{ name: 'root', disk: { bus: 'sata' } }] } },
    },
    [
      'Invalid spec.domain.devices.disks[0].disk.bus: DownwardMetrics volume must be mapped to virtio bus, but spec.domain.devices.disks[0].disk.bus is set to sata',
    ],
    { developerConfiguration: { featureGates: ['DownwardMetrics'] } },
  ],
  [
    'downward metrics on a CD-ROM',
    {
      volumes: [{ name: 'root', downwardMetrics: {} }],
      domain: { devices: { disks: [{ name: 'root', cdrom: { bus: 'sata' } }] } },
    },
    [
      'Required spec.domain.devices.disks[0].disk: DownwardMetrics volume must be mapped to a disk, but disk is not set on spec.domain.devices.disks[0].disk.',
    ],
    { developerConfiguration: { featureGates: ['DownwardMetrics'] } },
  ],
  [
    'two of a kind',
    {
      domain: {
        devices: {
          disks: [
            { name: 'a', disk: {} },
            { name: 'b', disk: {} },
            { name: 'c', disk: {} },
            { name: 'd', disk: {} },
          ],
        },
      },
      volumes: [
        { name: 'a', serviceAccount: { serviceAccountName: 'x' } },
        { name: 'b', serviceAccount: { serviceAccountName: 'x' } },
        { name: 'c', downwardMetrics: {} },
        { name: 'd', downwardMetrics: {} },
      ],
    },
    [
      'Invalid spec.volumes: spec.volumes must have max one serviceAccount volume set',
      'Invalid spec.volumes: spec.volumes must have max one downwardMetric volume set',
    ],
    { developerConfiguration: { featureGates: ['DownwardMetrics'] } },
  ],
  [
    'path in an image',
    { volumes: [{ name: 'root', containerDisk: { image: 'i', path: '../disk.img' } }] },
    [
      'Invalid spec.volumes[0].containerDisk: spec.volumes[0].containerDisk must be an absolute path to a file without relative components',
    ],
  ],
  [
    'root of an image',
    { volumes: [{ name: 'root', containerDisk: { image: 'i', path: '/' } }] },
    ['Invalid spec.volumes[0].containerDisk: spec.volumes[0].containerDisk must not point to root'],
  ],
  [
    'without a disk',
    {
      volumes: [
        { name: 'root', containerDisk: { image: 'i' } },
        { name: 'x', emptyDisk: { capacity: '1Gi' } },
      ],
    },
    ["Invalid spec.domain.volumes[1].name: spec.domain.volumes[1].name 'x' not found."],
  ],
  [
    'utility volumes',
    { utilityVolumes: [{ name: 'u', claimName: 'c' }] },
    [
      'Invalid spec.utilityVolumes: cannot create VMI with utility volumes in spec, utility volumes can only be added via hotplug',
    ],
  ],
  [
    'path of a container on a disk',
    { volumes: [{ name: 'root', containerPath: { path: '/var/run/kubevirt/x' } }] },
    [
      "Invalid spec.domain.volumes[0]: ContainerPath volume 'root' must be mapped to a filesystem, not a disk",
      "Invalid spec.domain.volumes[0]: ContainerPath volume 'root' must have a matching filesystem defined in spec.domain.devices.filesystems",
      "Invalid spec.domain.volumes[0].containerPath.path: ContainerPath volume 'root' uses reserved path prefix '/var/run/kubevirt'",
    ],
  ],
]

describe('admission of volumes', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
