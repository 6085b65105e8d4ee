/** Serial console and guest agent: sockets that the driver talks to. */

import type { DeviceSpec } from '../../spec/devices.ts'
import { json, option } from './escape.ts'
import { sockets, type OpenFiles } from './open-files.ts'
import type { RootPorts } from './pcie.ts'

export function channelArguments(spec: DeviceSpec, ports: RootPorts): string[] {
  if (!spec.guestAgent) return []
  return [
    '-device',
    json({ driver: 'virtio-serial-pci', id: 'channels', bus: ports.next() }),
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
    logfile: serialLog,
    logappend: true,
  })
  return ['-chardev', chardev, '-device', json({ driver: 'isa-serial', chardev: 'serial' })]
}
