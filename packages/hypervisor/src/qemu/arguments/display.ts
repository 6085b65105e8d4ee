/** The screen. */

import type { DeviceSpec } from '../../spec/devices.ts'
import { json, option } from './escape.ts'
import { sockets } from './open-files.ts'

export function displayArguments({ graphics }: DeviceSpec): string[] {
  if (!graphics) return ['-display', 'none']
  // The standard VGA is the one that firmware of both kinds, text consoles and every guest's framebuffer driver know.
  return [
    '-vnc',
    option(`unix:${sockets.vnc}`, {}),
    '-device',
    json({ driver: 'VGA', id: 'video', bus: 'pcie.0', addr: '0x1' }),
  ]
}
