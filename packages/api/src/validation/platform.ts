/** Admission of machine type, firmware, clock, input, watchdog, and the fields at the top of an instance's spec. */

import { isDns1123Label, isDns1123Subdomain, type StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { invalidField, requiredField, unsupportedField, type Rule } from './cause.ts'

type SpecRule = Rule<VirtualMachineInstanceSpec>

const machineTypes: Record<string, { pattern: RegExp; words: string }> = {
  amd64: { pattern: /^(q35|pc-q35)[A-Za-z0-9.-]{0,40}$/, words: '[q35* pc-q35*]' },
  arm64: { pattern: /^virt[A-Za-z0-9.-]{0,40}$/, words: '[virt*]' },
}
const evictionStrategies = ['None', 'LiveMigrate', 'LiveMigrateIfPossible', 'External']
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const maxKernelArgs = 2048

const firmwareRules: readonly SpecRule[] = [
  {
    name: 'one boot loader',
    causes: ({ domain }, field) => {
      const loader = domain.firmware?.bootloader
      const at = `${field}.domain.firmware.bootloader`
      if (loader?.bios === undefined || loader.efi === undefined) return []
      return [invalidField(`${at}.efi`, `${at} has both EFI and BIOS configured, but they are mutually exclusive.`)]
    },
  },
  {
    name: 'Secure Boot needs SMM',
    causes: ({ domain }, field) => {
      const efi = domain.firmware?.bootloader?.efi
      // Secure Boot is on unless it is turned off.
      if (efi === undefined || efi.secureBoot === false || smmEnabled(domain.features)) return []
      const at = `${field}.domain.firmware.bootloader.efi.secureBoot`
      return [
        invalidField(at, `${at} has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.`),
      ]
    },
  },
  {
    name: 'BIOS on arm64',
    causes: ({ domain, architecture }, field) =>
      architecture === 'arm64' && domain.firmware?.bootloader?.bios !== undefined
        ? [
            unsupportedField(
              `${field}.domain.firmware.bootloader.bios`,
              'Arm64 does not support bios boot, please change to uefi boot',
            ),
          ]
        : [],
  },
  {
    name: 'identity',
    causes: ({ domain }, field) => {
      const causes: StatusCause[] = []
      const { uuid: id, serial } = domain.firmware ?? {}
      const at = `${field}.domain.firmware`
      if (id !== undefined && !uuid.test(id)) {
        causes.push(invalidField(`${at}.uuid`, `${at}.uuid '${id.slice(0, 40)}' is not a UUID.`))
      }
      if (serial !== undefined && !/^[A-Za-z0-9_.+-]{0,256}$/.test(serial)) {
        const message = `${at}.serial must be made up of the following characters [A-Za-z0-9_.+-], and at most 256 of them`
        causes.push(invalidField(`${at}.serial`, message))
      }
      return causes
    },
  },
  { name: 'kernel boot', causes: kernelBoot },
]

function smmEnabled(features: object | undefined): boolean {
  const smm: unknown = features === undefined ? undefined : Reflect.get(features, 'smm')
  return typeof smm === 'object' && smm !== null && Reflect.get(smm, 'enabled') !== false
}

function kernelBoot({ domain }: VirtualMachineInstanceSpec, field: string): StatusCause[] {
  const boot = domain.firmware?.kernelBoot
  if (boot === undefined) return []
  const at = `${field}.domain.firmware.kernelBoot`
  const { container, kernelArgs } = boot
  if (container === undefined) {
    return kernelArgs === undefined || kernelArgs === ''
      ? []
      : [invalidField(at, `${at}: kernel arguments cannot be provided without an external kernel`)]
  }
  const causes: StatusCause[] = []
  if (container.image === '')
    causes.push(requiredField(`${at}.container.image`, `${at}.container must be defined with an image`))
  if ((container.kernelPath ?? '') === '' && (container.initrdPath ?? '') === '') {
    const message = `${at}.container must be defined with at least one of the following: kernelPath, initrdPath`
    causes.push(requiredField(`${at}.container`, message))
  }
  if ((kernelArgs ?? '').length > maxKernelArgs) {
    causes.push(
      invalidField(
        `${at}.kernelArgs`,
        `${at}.kernelArgs is longer than the ${maxKernelArgs} characters a kernel reads`,
      ),
    )
  }
  return causes
}

const machineRules: readonly SpecRule[] = [
  {
    name: 'architecture',
    causes: ({ architecture }, field) =>
      architecture === undefined || architecture in machineTypes
        ? []
        : [invalidField(`${field}.architecture`, `unsupported architecture: ${architecture}`)],
  },
  {
    name: 'machine type',
    causes: ({ domain, architecture = 'amd64' }, field) => {
      const type = domain.machine?.type ?? ''
      const allowed = machineTypes[architecture]
      if (type === '' || allowed === undefined || allowed.pattern.test(type)) return []
      const at = `${field}.domain.machine.type`
      return [unsupportedField(at, `${at} is not supported: ${type.slice(0, 60)} (allowed values: ${allowed.words})`)]
    },
  },
  {
    name: 'clock',
    causes: ({ domain }, field) => {
      const { clock } = domain
      const at = `${field}.domain.clock`
      if (clock?.utc !== undefined && clock.timezone !== undefined) {
        return [invalidField(at, `${at} must have only one of utc and timezone.`)]
      }
      if (
        clock?.timezone !== undefined &&
        !/^[A-Za-z0-9_+-]{1,40}(\/[A-Za-z0-9_+-]{1,40}){0,3}$/.test(clock.timezone)
      ) {
        return [
          invalidField(
            `${at}.timezone`,
            `${at}.timezone '${clock.timezone.slice(0, 60)}' is not the name of a time zone.`,
          ),
        ]
      }
      return []
    },
  },
]

const deviceRules: readonly SpecRule[] = [
  {
    name: 'input',
    causes: ({ domain }, field) =>
      (domain.devices.inputs ?? []).flatMap(({ type, bus }, index) => {
        const at = `${field}.domain.devices.inputs[${index}]`
        const causes: StatusCause[] = []
        if (type !== 'tablet') causes.push(invalidField(`${at}.type`, 'Input device can have only tablet type.'))
        if (bus !== undefined && bus !== 'usb' && bus !== 'virtio') {
          causes.push(invalidField(`${at}.bus`, 'Input device can have only virtio or usb bus.'))
        }
        return causes
      }),
  },
  {
    name: 'watchdog',
    causes: ({ domain, architecture }, field) => {
      const { watchdog } = domain.devices
      if (watchdog === undefined) return []
      const at = `${field}.domain.devices.watchdog`
      if (architecture === 'arm64') return [unsupportedField(at, 'Arm64 does not support Watchdog device')]
      const action = watchdog.i6300esb?.action ?? 'reset'
      if (!['poweroff', 'reset', 'shutdown'].includes(action)) {
        return [
          invalidField(
            `${at}.i6300esb.action`,
            `${at}.i6300esb.action '${action}' must be poweroff, reset or shutdown.`,
          ),
        ]
      }
      return 'i6300esb' in watchdog
        ? []
        : [requiredField(at, `${at} must have i6300esb set; no other watchdog is there on amd64.`)]
    },
  },
]

const topRules: readonly SpecRule[] = [
  {
    name: 'host name',
    causes: ({ hostname }, field) => {
      const problems = hostname === undefined || hostname === '' ? [] : isDns1123Label(hostname)
      const at = `${field}.hostname`
      return problems.length === 0
        ? []
        : [invalidField(at, `${at} does not conform to the kubernetes DNS_LABEL rules : ${problems.join(', ')}`)]
    },
  },
  {
    name: 'subdomain',
    causes: (spec, field) => {
      const subdomain: unknown = Reflect.get(spec, 'subdomain')
      if (typeof subdomain !== 'string' || subdomain === '') return []
      const problems = isDns1123Subdomain(subdomain)
      const at = `${field}.subdomain`
      return problems.length === 0
        ? []
        : [invalidField(at, `${at} does not conform to the kubernetes DNS_SUBDOMAIN rules : ${problems.join(', ')}`)]
    },
  },
  {
    name: 'eviction strategy',
    causes: ({ evictionStrategy }, field) =>
      evictionStrategy === undefined || evictionStrategies.includes(evictionStrategy)
        ? []
        : [
            invalidField(
              `${field}.evictionStrategy`,
              `${field}.evictionStrategy is set with an unrecognized option: ${evictionStrategy}`,
            ),
          ],
  },
  {
    name: 'start strategy',
    causes: (spec, field) => {
      const at = `${field}.startStrategy`
      if (spec.startStrategy === undefined) return []
      if (spec.startStrategy !== 'Paused') {
        return [invalidField(at, `${at} is set with an unrecognized option: ${String(spec.startStrategy)}`)]
      }
      return 'livenessProbe' in spec
        ? [
            invalidField(
              at,
              `either ${at} or ${field}.livenessProbe should be provided.Pausing VMI with LivenessProbe is not supported`,
            ),
          ]
        : []
    },
  },
  {
    name: 'grace period',
    causes: ({ terminationGracePeriodSeconds: seconds }, field) =>
      seconds === undefined || seconds >= 0
        ? []
        : [
            invalidField(
              `${field}.terminationGracePeriodSeconds`,
              `${field}.terminationGracePeriodSeconds must be greater than or equal to 0.`,
            ),
          ],
  },
]

export const platformAdmission: readonly SpecRule[] = [...topRules, ...machineRules, ...firmwareRules, ...deviceRules]
