/** Firmware flash, its settings, and booting a kernel without a disk. */

import type { FirmwareSpec } from '../../spec/firmware.ts'
import type { OpenImage } from './disks.ts'
import { json, option } from './escape.ts'
import type { OpenFiles } from './open-files.ts'

export function firmwareArguments(spec: FirmwareSpec, { firmware: flash }: OpenFiles): string[] {
  return [...settings(spec), ...(flash === undefined ? [] : flashArguments(flash))]
}

/** QEMU merges these `-machine` options with the one that names the machine. */
function settings({ firmware, smm }: FirmwareSpec): string[] {
  const machine = option('', {
    smm,
    // SeaBIOS writes to the serial port when there are no "graphics" for it; a screen works all the same.
    graphics: firmware.kind === 'bios' && firmware.serial === true ? false : undefined,
  })
  return [
    ...(machine === '' ? [] : ['-machine', machine]),
    // Only code in system management mode may change the variables, or the guest could switch Secure Boot off itself.
    ...(firmware.kind === 'uefi' && firmware.secureBoot === true
      ? ['-global', 'driver=cfi.pflash01,property=secure,value=on']
      : []),
  ]
}

function flashArguments({ code, vars }: { code: OpenImage; vars: OpenImage }): string[] {
  const node = (name: string, image: OpenImage, readOnly: boolean): string[] => [
    '-blockdev',
    json({
      driver: 'raw',
      'node-name': name,
      'read-only': readOnly,
      file: { driver: 'file', filename: image.filename, 'read-only': readOnly },
    }),
  ]
  return [...node('firmware-code', code, true), ...node('firmware-vars', vars, false)]
}

export function bootArguments({ kernel }: FirmwareSpec, files: OpenFiles): string[] {
  const boot = ['-boot', 'menu=off,strict=on']
  if (files.kernel === undefined) return boot
  const { path, initrd } = files.kernel
  return [
    ...boot,
    '-kernel',
    path,
    ...(initrd === undefined ? [] : ['-initrd', initrd]),
    ...(kernel?.cmdline === undefined ? [] : ['-append', kernel.cmdline]),
  ]
}
