/** Firmware flash, and booting a kernel without it. */

import type { FirmwareSpec } from '../../spec/firmware.ts'
import type { OpenImage } from './disks.ts'
import { json } from './escape.ts'
import type { OpenFiles } from './open-files.ts'

export function firmwareArguments({ firmware }: OpenFiles): string[] {
  if (firmware === undefined) return []
  const node = (name: string, image: OpenImage, readOnly: boolean): string[] => [
    '-blockdev',
    json({
      driver: 'raw',
      'node-name': name,
      'read-only': readOnly,
      file: { driver: 'file', filename: image.filename, 'read-only': readOnly },
    }),
  ]
  return [...node('firmware-code', firmware.code, true), ...node('firmware-vars', firmware.vars, false)]
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
