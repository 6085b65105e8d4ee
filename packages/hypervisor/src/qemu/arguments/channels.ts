/** Serial console and guest agent: sockets that the driver talks to. */

import type { DeviceSpec } from '../../spec/devices.ts'
import { json, option } from './escape.ts'
import { sockets, type OpenFiles } from './open-files.ts'
import type { PciPlaces } from './pcie.ts'
import { virtioDevice } from './virtio.ts'

export function channelArguments(spec: DeviceSpec, places: PciPlaces): string[] {
  if (!spec.guestAgent) return []
  return [
    '-device',
    json({ ...virtioDevice('virtio-serial-pci', { spec, places }), id: 'channels' }),
    '-chardev',
    option('socket', { id: 'agent', path: sockets.agent, server: true, wait: false }),
    '-device',
    json({
      driver: 'virtserialport',
      id: 'agent',
      bus: 'channels.0',
      chardev: 'agent',
      name: 'org.qemu.guest_agent.0',
    }),
  ]
}

export function serialArguments(spec: DeviceSpec, { serialLog }: OpenFiles): string[] {
  if (!spec.serialConsole) return []
  const chardev = option('socket', {
    id: 'serial',
    path: sockets.serial,
    server: true,
    wait: false,
    ...(spec.serialLog === false ? {} : { logfile: serialLog, logappend: true }),
  })
  return ['-chardev', chardev, '-device', json({ driver: 'isa-serial', chardev: 'serial' })]
}
