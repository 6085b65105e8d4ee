/** What the embedded engine honours of how a machine boots, below `spec.domain`. */

import { builtInGuest, isBuiltInGuest } from '../names.ts'
import { when, yes, type RuleTable } from './rule.ts'

export const firmwareTable: RuleTable = {
  'firmware.bootloader.bios.useSerial': yes,
  'firmware.bootloader.efi': when((value, host) => {
    // Secure Boot is KubeVirt's default.
    const secure = !(typeof value === 'object' && value !== null && 'secureBoot' in value && value.secureBoot === false)
    if (secure && host.secureBoot === false)
      return 'this host has no UEFI firmware with Secure Boot; set secureBoot to false, or install the package ovmf and start the engine again'
    return host.uefi ? undefined : 'this host has no UEFI firmware; install the package ovmf and start the engine again'
  }),
  'firmware.bootloader.efi.secureBoot': yes,
  'firmware.bootloader.efi.persistent': yes,
  'firmware.kernelBoot.kernelArgs': yes,
  'firmware.kernelBoot.container': when(builtInPaths),
  'firmware.kernelBoot.container.image': yes,
  'firmware.kernelBoot.container.imagePullPolicy': yes,
  'firmware.kernelBoot.container.imagePullSecret': yes,
  'firmware.kernelBoot.container.kernelPath': yes,
  'firmware.kernelBoot.container.initrdPath': yes,
  'features.smm.enabled': yes,
  'devices.tpm': when((value, { missingPrograms }) => {
    const enabled = !(typeof value === 'object' && value !== null && 'enabled' in value && value.enabled === false)
    return !enabled || missingPrograms?.tpm === undefined
      ? undefined
      : `this host has no TPM emulator (${missingPrograms.tpm}); install the package swtpm and start the engine again`
  }),
  'devices.tpm.enabled': yes,
  'devices.tpm.persistent': yes,
  'devices.filesystems[].name': yes,
  'devices.filesystems[].virtiofs': when((_value, { missingPrograms }) =>
    missingPrograms?.virtiofs === undefined
      ? undefined
      : `this host cannot share folders (${missingPrograms.virtiofs}); use a disk with the same volume`,
  ),
}

/** The built-in guest is no image: its two files are where they are. */
function builtInPaths(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('image' in value) || !isBuiltInGuest(String(value.image)))
    return undefined
  const { kernelPath, initrdPath } = value as { kernelPath?: unknown; initrdPath?: unknown } // an object by the line above
  if ((kernelPath ?? builtInGuest.kernelPath) !== builtInGuest.kernelPath)
    return `the built-in guest has its kernel at ${builtInGuest.kernelPath}`
  return (initrdPath ?? builtInGuest.initrdPath) === builtInGuest.initrdPath
    ? undefined
    : `the built-in guest has its initrd at ${builtInGuest.initrdPath}`
}
