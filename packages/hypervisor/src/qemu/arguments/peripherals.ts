/** Small devices: USB controller, tablets, random numbers, watchdog, panic notifier. */

import type { DeviceSpec } from '../../spec/devices.ts'
import { json } from './escape.ts'
import type { RootPorts } from './pcie.ts'

export function usbArguments(spec: DeviceSpec): string[] {
  const needed = spec.tablet === 'usb' || spec.disks.some((disk) => disk.bus === 'usb')
  // On the root bus: nothing ever unplugs the controller.
  return needed ? ['-device', json({ driver: 'qemu-xhci', id: 'usb0', bus: 'pcie.0', addr: '0x3' })] : []
}

export function peripheralArguments(spec: DeviceSpec, ports: RootPorts): string[] {
  return [
    ...(spec.rng
      ? [
          '-object',
          json({ 'qom-type': 'rng-random', id: 'rng', filename: '/dev/urandom' }),
          '-device',
          json({ driver: 'virtio-rng-pci', rng: 'rng', bus: ports.next() }),
        ]
      : []),
    ...(spec.tablet === 'usb' ? ['-device', json({ driver: 'usb-tablet', bus: 'usb0.0' })] : []),
    ...(spec.tablet === 'virtio' ? ['-device', json({ driver: 'virtio-tablet-pci', bus: ports.next() })] : []),
    ...watchdogArguments(spec),
    // Tells the host of a kernel panic.
    '-device',
    json({ driver: 'pvpanic' }),
  ]
}

function watchdogArguments({ watchdog }: DeviceSpec): string[] {
  if (watchdog === undefined) return []
  // Powering off is done by the driver after QEMU has paused, so that the reason is known even after an engine's restart.
  const action = watchdog.action === 'poweroff' ? 'pause' : watchdog.action
  return ['-device', json({ driver: watchdog.model, id: 'watchdog', bus: 'pcie.0' }), '-action', `watchdog=${action}`]
}
