/** Admission of machine type and firmware: boot loader, kernel boot, ACPI tables. A preset's firmware follows these rules too. */

import type { StatusCause } from '@berth/meta'
import type { Features, Firmware, KernelBoot } from '../types/domain.ts'
import type { Volume } from '../types/volume.ts'
import { invalidField, requiredField } from './cause.ts'
import type { InstanceRule } from './instance-rule.ts'
import { validateFilePath } from './file-path.ts'

const otherArchitectures: readonly string[] = ['arm64', 's390x']

export const machineTypeAdmission: readonly InstanceRule[] = [
  {
    name: 'machine type',
    causes: ({ domain, architecture }, { field, configuration }) => {
      const type = domain.machine?.type ?? ''
      // An architecture nobody knows is refused by its own rule.
      const allowed = configuration.allowedMachineTypes(
        otherArchitectures.includes(architecture ?? '') ? architecture : 'amd64',
      )
      if (type === '' || allowed.some((pattern) => matches(pattern, type))) return []
      const at = `${field}.domain.machine.type`
      return [invalidField(at, `${at} is not supported: ${type} (allowed values: [${allowed.join(' ')}])`)]
    },
  },
  {
    name: 'ACPI tables',
    causes: ({ domain, volumes }, { field }) => {
      const acpi = domain.firmware?.acpi
      if (acpi === undefined) return []
      // KubeVirt leaves domain and firmware out of the path.
      const at = `${field}.acpi`
      const { slicNameRef = '', msdmNameRef = '' } = acpi
      if (slicNameRef === '' && msdmNameRef === '') {
        return [invalidField(at, 'ACPI was set but no SLIC nor MSDM volume reference was set')]
      }
      return [
        ...acpiTable(slicNameRef, volumes ?? [], at, 'slicNameRef'),
        ...acpiTable(msdmNameRef, volumes ?? [], at, 'msdmNameRef'),
      ]
    },
  },
]

export const secureBootAdmission: readonly InstanceRule[] = [
  {
    name: 'Secure Boot needs SMM',
    causes: ({ domain }, { field }) => {
      const at = `${field}.domain`
      const sealed = domain.launchSecurity?.tdx !== undefined
      if (!secureBoot(domain.firmware) || smm(domain.features) || sealed) return []
      const message = `${at} has EFI SecureBoot enabled. SecureBoot requires SMM, which is currently disabled.`
      return [invalidField(at, message)]
    },
  },
]

/** Only `*` is special, and what it stands for has no slash. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (parts.length === 1) return pattern === text
  if (text.includes('/') || !text.startsWith(first) || !text.endsWith(last)) return false
  let from = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, from)
    if (found < 0) return false
    from = found + part.length
  }
  return from <= text.length - last.length
}

/** It is on unless it is turned off. */
function secureBoot(firmware: Firmware | undefined): boolean {
  const efi = firmware?.bootloader?.efi
  return efi !== undefined && efi.secureBoot !== false
}

function smm(features: Features | undefined): boolean {
  return features?.smm !== undefined && features.smm.enabled !== false
}

function acpiTable(name: string, volumes: readonly Volume[], field: string, key: string): StatusCause[] {
  if (name === '') return []
  const volume = volumes.find((each) => each.name === name)
  if (volume === undefined) return [invalidField(`${field}.${key}`, `${field} does not have a matching Volume.`)]
  if (volume.secret !== undefined) return []
  return [invalidField(`${field}.${key}`, `${field} refers to Volume of unsupported type.`)]
}

/** @param field path of the firmware: `spec.domain.firmware` */
export function validateFirmware(firmware: Firmware | undefined, field: string): StatusCause[] {
  const causes: StatusCause[] = []
  const loader = firmware?.bootloader
  if (loader?.efi !== undefined && loader.bios !== undefined) {
    const at = `${field}.bootloader`
    causes.push(invalidField(at, `${at} has both EFI and BIOS configured, but they are mutually exclusive.`))
  }
  return [...causes, ...kernelBoot(firmware?.kernelBoot, `${field}.kernelBoot`)]
}

function kernelBoot(boot: KernelBoot | undefined, field: string): StatusCause[] {
  if (boot === undefined) return []
  const { container, kernelArgs = '' } = boot
  if (container === undefined) {
    const message = 'kernel arguments cannot be provided without an external kernel'
    return kernelArgs === '' ? [] : [invalidField(`${field}.kernelArgs`, message)]
  }
  const at = `${field}.container`
  const { kernelPath = '', initrdPath = '' } = container
  const causes: StatusCause[] = []
  if ((container.image ?? '') === '') {
    causes.push(requiredField(`${at}.image`, `${at} must be defined with an image`))
  }
  if (kernelPath === '' && initrdPath === '') {
    const message = `${at} must be defined with at least one of the following: kernelPath, initrdPath`
    causes.push(requiredField(at, message))
  }
  if (kernelPath !== '') causes.push(...validateFilePath(kernelPath, `${at}.kernelPath`))
  if (initrdPath !== '') causes.push(...validateFilePath(initrdPath, `${at}.initrdPath`))
  return causes
}
