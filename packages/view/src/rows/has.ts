/** What a machine has that people look for: `has:gpu`. Rows, so that one more is one line. */

import { hasTpm, type VirtualMachineInstanceSpec } from '@berth/api'

export const deviceKinds: Readonly<Record<string, (spec: VirtualMachineInstanceSpec) => boolean>> = {
  gpu: ({ domain }) => some(domain.devices.gpus),
  hostdevice: ({ domain }) => some(domain.devices.hostDevices),
  sriov: ({ domain }) => domain.devices.interfaces?.some(({ sriov }) => sriov !== undefined) === true,
  tpm: (spec) => hasTpm(spec),
  efi: ({ domain }) => domain.firmware?.bootloader?.efi !== undefined,
  secureboot: ({ domain }) => {
    const efi = domain.firmware?.bootloader?.efi
    return efi !== undefined && efi.secureBoot !== false
  },
  cdrom: ({ domain }) => domain.devices.disks?.some(({ cdrom }) => cdrom !== undefined) === true,
  lun: ({ domain }) => domain.devices.disks?.some(({ lun }) => lun !== undefined) === true,
  filesystem: ({ domain }) => some(domain.devices.filesystems),
  watchdog: ({ domain }) => domain.devices.watchdog !== undefined,
  vsock: ({ domain }) => domain.devices.autoattachVSOCK === true,
  hugepages: ({ domain }) => domain.memory?.hugepages !== undefined,
  dedicatedcpu: ({ domain }) => domain.cpu?.dedicatedCpuPlacement === true,
  confidential: ({ domain }) => domain.launchSecurity !== undefined,
  cloudinit: ({ volumes }) =>
    volumes?.some((volume) => volume.cloudInitNoCloud !== undefined || volume.cloudInitConfigDrive !== undefined) ===
    true,
  sysprep: ({ volumes }) => volumes?.some(({ sysprep }) => sysprep !== undefined) === true,
  containerdisk: ({ volumes }) => volumes?.some(({ containerDisk }) => containerDisk !== undefined) === true,
}

function some(values: readonly unknown[] | undefined): boolean {
  return values !== undefined && values.length > 0
}
