/** The USB controller and what is plugged into it, but for disks. */

import type { DeviceSpec } from '../../spec/devices.ts'
import { json, option } from './escape.ts'
import { usbRedirectionSocket } from './open-files.ts'

/** Most that xHCI has of each speed: enough for every slot, tablet and disk without hubs in between. */
const ports = 15

export function usbArguments(spec: DeviceSpec): string[] {
  const needed =
    usbTablets(spec) > 0 || (spec.usbRedirections ?? 0) > 0 || spec.disks.some((disk) => disk.bus === 'usb')
  if (!needed) return []
  // On the root bus: nothing ever unplugs the controller.
  return ['-device', json({ driver: 'qemu-xhci', id: 'usb0', bus: 'pcie.0', addr: '0x3', p2: ports, p3: ports })]
}

/** Behind the controller on the command line. */
export function usbDeviceArguments(spec: DeviceSpec): string[] {
  return [
    ...Array.from({ length: usbTablets(spec) }, () => ['-device', json({ driver: 'usb-tablet', bus: 'usb0.0' })]),
    ...Array.from({ length: spec.usbRedirections ?? 0 }, (_, slot) => redirectionArguments(slot)),
  ].flat()
}

/** A slot for a device at a client's end: what the client says on the socket appears in the guest. */
function redirectionArguments(slot: number): string[] {
  const id = `usbredir${slot}`
  const chardev = option('socket', { id, path: usbRedirectionSocket(slot), server: true, wait: false })
  return ['-chardev', chardev, '-device', json({ driver: 'usb-redir', id, chardev: id, bus: 'usb0.0' })]
}

function usbTablets({ inputs = [] }: DeviceSpec): number {
  return inputs.filter(({ bus }) => bus === 'usb').length
}
