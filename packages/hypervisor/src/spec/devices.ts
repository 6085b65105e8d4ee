/** The devices of a machine. */

import type { DomainDisk } from './disks.ts'
import type { DomainNic } from './nics.ts'

export interface DeviceSpec {
  disks: DomainDisk[]
  nics: DomainNic[]
  serialConsole: boolean
  graphics: boolean
  /** A tablet for absolute pointer positions. */
  tablet?: 'usb' | 'virtio'
  rng: boolean
  /** The channel org.qemu.guest_agent.0. */
  guestAgent: boolean
  watchdog?: { model: 'i6300esb'; action: 'poweroff' | 'reset' | 'shutdown' }
}
