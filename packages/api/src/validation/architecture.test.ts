/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'watchdog of another architecture',
    { domain: { devices: { watchdog: { name: 'w', diag288: {} } } } },
    ['NotSupported spec.domain.devices.watchdog: amd64 only supports I6300ESB watchdog device'],
  ],
  [
    'video on amd64',
    { domain: { devices: { video: { type: 'qxl' } } } },
    ["NotSupported spec.domain.devices.video.type: video model 'qxl' is not supported on amd64 architecture"],
  ],
  [
    'what arm64 does not have',
    {
      architecture: 'arm64',
      domain: {
        machine: { type: 'virt' },
        cpu: { model: 'cortex-a72' },
        firmware: { bootloader: { bios: {} } },
        devices: {
          disks: [{ name: 'root', disk: { bus: 'sata' } }],
          watchdog: { name: 'w', i6300esb: {} },
          sound: { name: 's' },
          video: { type: 'vga' },
        },
      },
    },
    [
      'NotSupported spec.domain.firmware.bootloader.bios: Arm64 does not support bios boot, please change to uefi boot',
      'NotSupported spec.domain.cpu.model: currently, host-passthrough is the only model supported on Arm64',
      'NotSupported spec.domain.devices.disks[0].disk.bus: Arm64 not support this disk bus type, please use virtio or scsi',
      'NotSupported spec.domain.devices.watchdog: Arm64 not support Watchdog device',
      'NotSupported spec.domain.devices.sound: Arm64 not support sound device',
      "NotSupported spec.domain.devices.video.type: video model 'vga' is not supported on arm64 architecture",
    ],
  ],
  [
    'what s390x does not have',
    {
      architecture: 's390x',
      domain: {
        machine: { type: 's390-ccw-virtio' },
        devices: {
          watchdog: { name: 'w', i6300esb: {} },
          video: { type: 'vga' },
          panicDevices: [{ model: 'pvpanic' }],
        },
      },
    },
    [
      'Invalid spec.domain.devices.panicDevices: custom panic devices are not supported on s390x architecture',
      'NotSupported spec.domain.devices.watchdog: s390x only supports Diag288 watchdog device',
      "NotSupported spec.domain.devices.video.type: video model 'vga' is not supported on s390x architecture",
    ],
  ],
]

describe('admission of what an architecture does not have', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
