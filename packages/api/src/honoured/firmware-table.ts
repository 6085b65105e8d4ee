/** What the embedded engine honours of how a machine boots, below `spec.domain`. */

import { builtInGuest, isBuiltInGuest } from '../names.ts'
import { only, when, yes, type RuleTable } from './rule.ts'

export const firmwareTable: RuleTable = {
  'firmware.bootloader.bios.useSerial': only([false], 'boot messages do not go to the serial console yet'),
  'firmware.bootloader.efi': when((_value, host) =>
    host.uefi ? undefined : 'this host has no UEFI firmware; install the package ovmf and start the engine again',
  ),
  'firmware.bootloader.efi.secureBoot': only([false], 'the embedded engine has no Secure Boot yet; set it to false'),
  'firmware.bootloader.efi.persistent': only(
    [false],
    'the embedded engine does not keep UEFI variables between starts yet',
  ),
  'firmware.kernelBoot.kernelArgs': yes,
  'firmware.kernelBoot.container.image': when((value) =>
    isBuiltInGuest(String(value))
      ? undefined
      : `the embedded engine does not read container images yet; only ${builtInGuest.image} (kernel and initrd that Berth brings) can be booted`,
  ),
  'firmware.kernelBoot.container.kernelPath': only(
    [builtInGuest.kernelPath],
    `the built-in guest has its kernel at ${builtInGuest.kernelPath}`,
  ),
  'firmware.kernelBoot.container.initrdPath': only(
    [builtInGuest.initrdPath],
    `the built-in guest has its initrd at ${builtInGuest.initrdPath}`,
  ),
  // Nothing is ever pulled for the built-in guest, so every policy is satisfied.
  'firmware.kernelBoot.container.imagePullPolicy': yes,
  'features.smm.enabled': only(
    [false],
    'system management mode comes with Secure Boot, which the embedded engine does not have yet',
  ),
}
