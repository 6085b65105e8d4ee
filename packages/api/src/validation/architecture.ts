/** Admission of what an architecture does not have. Only of an instance. */

import type { StatusCause } from '@berth/meta'
import type { Watchdog } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { invalidField, unsupportedField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'

const rules: Record<string, readonly InstanceRule[]> = {
  amd64: [
    watchdog(
      ({ i6300esb, diag288 }) => i6300esb !== undefined && diag288 === undefined,
      'amd64 only supports I6300ESB watchdog device',
    ),
    video('amd64', ['vga', 'cirrus', 'virtio', 'ramfb', 'bochs']),
  ],
  arm64: [
    {
      name: 'BIOS',
      causes: ({ domain }, { field }) =>
        domain.firmware?.bootloader?.bios === undefined
          ? []
          : [
              unsupportedField(
                `${field}.domain.firmware.bootloader.bios`,
                'Arm64 does not support bios boot, please change to uefi boot',
              ),
            ],
    },
    {
      name: 'processor model',
      causes: ({ domain }, { field }) =>
        ['', 'host-passthrough'].includes(domain.cpu?.model ?? '')
          ? []
          : [
              unsupportedField(
                `${field}.domain.cpu.model`,
                'currently, host-passthrough is the only model supported on Arm64',
              ),
            ],
    },
    { name: 'disk bus', causes: arm64DiskBus },
    watchdog(() => false, 'Arm64 not support Watchdog device'),
    {
      name: 'sound',
      causes: ({ domain }, { field }) =>
        domain.devices.sound === undefined
          ? []
          : [unsupportedField(`${field}.domain.devices.sound`, 'Arm64 not support sound device')],
    },
    video('arm64', ['virtio', 'ramfb']),
  ],
  s390x: [
    watchdog(
      ({ i6300esb, diag288 }) => diag288 !== undefined && i6300esb === undefined,
      's390x only supports Diag288 watchdog device',
    ),
    video('s390x', ['virtio']),
  ],
}

export const architectureAdmission: readonly InstanceRule[] = [
  {
    name: 'architecture',
    causes: (spec, place) => {
      const own = Object.hasOwn(rules, spec.architecture ?? '') ? rules[spec.architecture ?? ''] : undefined
      if (own !== undefined) return own.flatMap((rule) => rule.causes(spec, place))
      return [invalidField(`${place.field}.architecture`, `unsupported architecture: ${spec.architecture ?? ''}`)]
    },
  },
]

function watchdog(fits: (watchdog: Watchdog) => boolean, message: string): InstanceRule {
  return {
    name: 'watchdog',
    causes: ({ domain: { devices } }, { field }) =>
      devices.watchdog === undefined || fits(devices.watchdog)
        ? []
        : [unsupportedField(`${field}.domain.devices.watchdog`, message)],
  }
}

function video(architecture: string, types: readonly string[]): InstanceRule {
  return {
    name: 'video',
    causes: ({ domain: { devices } }, { field }) => {
      if (devices.video === undefined || types.includes(devices.video.type ?? '')) return []
      const message = `video model '${devices.video.type ?? ''}' is not supported on ${architecture} architecture`
      return [unsupportedField(`${field}.domain.devices.video.type`, message)]
    },
  }
}

function arm64DiskBus({ domain }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const message = 'Arm64 not support this disk bus type, please use virtio or scsi'
  return (domain.devices.disks ?? []).flatMap((disk, index) =>
    (['disk', 'cdrom', 'lun'] as const)
      .filter((target) => !['', 'virtio', 'scsi'].includes(disk[target]?.bus ?? ''))
      .map((target) => unsupportedField(`${field}.domain.devices.disks[${index}].${target}.bus`, message)),
  )
}
