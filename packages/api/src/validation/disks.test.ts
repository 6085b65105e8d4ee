/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'without a volume',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }, { name: 'x' }] } } },
    ["Invalid spec.domain.devices.disks[1].name: spec.domain.devices.disks[1].Name 'x' not found."],
  ],
  [
    'empty CD-ROM',
    {
      domain: {
        devices: {
          disks: [
            { name: 'root', disk: { bus: 'virtio' } },
            { name: 'x', cdrom: { bus: 'sata' } },
          ],
        },
      },
    },
    [],
  ],
  [
    'empty CD-ROM without the gate',
    {
      domain: {
        devices: {
          disks: [
            { name: 'root', disk: { bus: 'virtio' } },
            { name: 'x', cdrom: { bus: 'sata' } },
          ],
        },
      },
    },
    [
      'Invalid spec.domain.devices.disks[1].name: DeclarativeHotplugVolumes feature gate not enabled, cannot define an empty CD-ROM disk',
    ],
    { developerConfiguration: { disabledFeatureGates: ['DeclarativeHotplugVolumes'] } },
  ],
  [
    'LUN of an image',
    { domain: { devices: { disks: [{ name: 'root', lun: { bus: 'scsi' } }] } } },
    [
      'Invalid spec.domain.devices.disks[0].lun: spec.domain.devices.disks[0].lun can only be mapped to a DataVolume or PersistentVolumeClaim volume.',
    ],
  ],
  [
    'boot order twice',
    {
      domain: {
        devices: {
          disks: [{ name: 'root', bootOrder: 1, disk: { bus: 'virtio' } }],
          interfaces: [{ name: 'default', masquerade: {}, bootOrder: 1 }],
        },
      },
    },
    [
      'Invalid spec.domain.devices.interfaces[0].bootOrder: Boot order for spec.domain.devices.interfaces[0].bootOrder already set for a different device.',
    ],
  ],
  [
    'boot order zero',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' }, bootOrder: 0 }] } } },
    [
      'Invalid spec.domain.devices.disks[0].bootOrder: spec.domain.devices.disks[0] must have a boot order > 0, if supplied',
    ],
  ],
  [
    'a name three times',
    {
      domain: {
        devices: {
          disks: [
            { name: 'root', disk: {} },
            { name: 'root', disk: {} },
            { name: 'root', disk: {} },
          ],
        },
      },
    },
    [
      'Invalid spec.domain.devices.disks[1].name: spec.domain.devices.disks[1] and spec.domain.devices.disks[0] must not have the same Name.',
      'Invalid spec.domain.devices.disks[2].name: spec.domain.devices.disks[2] and spec.domain.devices.disks[0] must not have the same Name.',
      'Invalid spec.domain.devices.disks[2].name: spec.domain.devices.disks[2] and spec.domain.devices.disks[1] must not have the same Name.',
    ],
  ],
  [
    'two targets',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' }, cdrom: { bus: 'sata' } }] } } },
    ['Invalid spec.domain.devices.disks[0]: spec.domain.devices.disks[0] can only have a single target type defined'],
  ],
  [
    'PCI address on another bus',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'scsi', pciAddress: '0000:00:01.9' } }] } } },
    [
      'Invalid spec.domain.devices.disks.domain.devices.disks.disk[0].pciAddress: disk spec.domain.devices.disks.domain.devices.disks.disk[0].name - setting a PCI address is only possible with bus type virtio.',
      'Invalid spec.domain.devices.disks.domain.devices.disks.disk[0].pciAddress: disk spec.domain.devices.disks.domain.devices.disks.disk[0].name has malformed PCI address (0000:00:01.9).',
    ],
  ],
  [
    'ide',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'ide' } }] } } },
    ['Invalid spec.domain.devices.disks[0].disk.bus: IDE bus is not supported'],
  ],
  [
    'virtio CD-ROM',
    { domain: { devices: { disks: [{ name: 'root', cdrom: { bus: 'virtio' } }] } } },
    ['Invalid spec.domain.devices.disks[0].cdrom.bus: Bus type virtio is invalid for CD-ROM device'],
  ],
  [
    'unknown bus',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'nvme' } }] } } },
    [
      'Invalid spec.domain.devices.disks[0].disk.bus: spec.domain.devices.disks[0] is set with an unrecognized bus nvme, must be one of: [virtio scsi sata usb]',
    ],
  ],
  [
    'read-only on sata',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'sata', readonly: true } }] } } },
    ['Invalid spec.domain.devices.disks[0].disk.bus: sata hard-disks do not support read-only.'],
  ],
  [
    'I/O thread on sata',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'sata' }, dedicatedIOThread: true }] } } },
    [
      'NotSupported spec.domain.devices.disks.domain.devices.disks[0]: IOThreads are not supported for disks on a sata bus',
    ],
  ],
  [
    'characters of the serial number',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' }, serial: 'a b' }] } } },
    [
      'Invalid spec.domain.devices.disks[0].serial: spec.domain.devices.disks[0] must be made up of the following characters [A-Za-z0-9_.+-], if specified',
    ],
  ],
  [
    'length of the serial number',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' }, serial: 'x'.repeat(257) }] } } },
    [
      'Invalid spec.domain.devices.disks[0].serial: spec.domain.devices.disks[0] must be less than or equal to 256 in length, if specified',
    ],
  ],
  [
    'cache',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' }, cache: 'unsafe' }] } } },
    ['Invalid spec.domain.devices.disks[0].cache: spec.domain.devices.disks[0].cache has invalid value unsafe'],
  ],
  [
    'I/O mode',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' }, io: 'io_uring' }] } } },
    [
      'NotSupported spec.domain.devices.disks.domain.devices.disks[0].io: Disk IO mode for spec.domain.devices.disks is not supported. Supported modes are: native, threads.',
    ],
  ],
  [
    'error policy',
    { domain: { devices: { disks: [{ name: 'root', disk: { bus: 'virtio' }, errorPolicy: 'panic' }] } } },
    [
      'Invalid spec.domain.devices.disks[0].errorPolicy: spec.domain.devices.disks[0].errorPolicy has invalid value "panic"',
    ],
  ],
  [
    'name',
    {
      domain: { devices: { disks: [{ name: 'Bad_Name', disk: { bus: 'virtio' } }] } },
      volumes: [{ name: 'Bad_Name', containerDisk: { image: 'i' } }],
    },
    [
      "Invalid spec.domain.devices.disks.domain.devices.disks[0].name: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [
    'two block sizes',
    {
      domain: {
        devices: {
          disks: [
            {
              name: 'root',
              disk: { bus: 'virtio' },
              blockSize: { custom: { logical: 512, physical: 512 }, matchVolume: {} },
            },
          ],
        },
      },
    },
    [
      "Invalid spec.domain.devices.disks[0].blockSize: Block size matching can't be enabled together with a custom value",
    ],
  ],
  [
    'logical blocks above physical ones',
    {
      domain: {
        devices: {
          disks: [{ name: 'root', disk: { bus: 'virtio' }, blockSize: { custom: { logical: 4096, physical: 512 } } }],
        },
      },
    },
    [
      'Invalid spec.domain.devices.disks[0].blockSize.custom.logical: Logical size 4096 must be the same or less than the physical size of 512',
    ],
  ],
  [
    'block size on sata',
    {
      domain: {
        devices: {
          disks: [{ name: 'root', disk: { bus: 'sata' }, blockSize: { custom: { logical: 4096, physical: 4096 } } }],
        },
      },
    },
    ['Invalid spec.domain.devices.disks[0].blockSize.custom.logical: Logical size 4096 must be 512 for SATA devices'],
  ],
  [
    'discard granularity',
    {
      domain: {
        devices: {
          disks: [
            {
              name: 'root',
              disk: { bus: 'virtio' },
              blockSize: { custom: { logical: 512, physical: 512, discardGranularity: 700 } },
            },
          ],
        },
      },
    },
    [
      'Invalid spec.domain.devices.disks[0].blockSize.custom.discardGranularity: Discard granularity 700 must be multiples of logical size 512',
    ],
  ],
  [
    'small blocks',
    {
      domain: {
        devices: {
          disks: [{ name: 'root', disk: { bus: 'virtio' }, blockSize: { custom: { logical: 128, physical: 300 } } }],
        },
      },
    },
    [
      'Invalid spec.domain.devices.disks[0].blockSize.custom.logical: Provided size of 128 is less than the supported minimum size of 512',
      'Invalid spec.domain.devices.disks[0].blockSize.custom.physical: Provided size of 300 is less than the supported minimum size of 512',
    ],
  ],
  [
    'large and odd blocks',
    {
      domain: {
        devices: {
          disks: [
            { name: 'root', disk: { bus: 'virtio' }, blockSize: { custom: { logical: 1000, physical: 4194304 } } },
          ],
        },
      },
    },
    [
      'Invalid spec.domain.devices.disks[0].blockSize.custom.logical: Provided size of 1000 is not a power of 2',
      'Invalid spec.domain.devices.disks[0].blockSize.custom.physical: Provided size of 4194304 is greater than the supported maximum size of 2097152',
    ],
  ],
  [
    'persistent reservation',
    {
      domain: { devices: { disks: [{ name: 'root', lun: { bus: 'scsi', reservation: true } }] } },
      volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'c' } }],
    },
    ['Invalid spec.domain.devices.disks.luns.reservation: persistent reservation is not enabled in kubevirt config'],
  ],
]

describe('admission of disks', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
