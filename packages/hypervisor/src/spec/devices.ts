/**
 * The devices of a machine. What is optional is not there, or is QEMU's own choice, when it is left out: an older driver's record has
 * not heard of it.
 */

import type { DomainDisk } from './disks.ts'
import type { DomainNic } from './nics.ts'

/** Threads for disks, of one machine. */
export const maxIoThreads = 1024

export type VideoModel = 'vga' | 'bochs' | 'cirrus' | 'virtio' | 'ramfb'
export type SoundModel = 'ich9' | 'ac97'
/** `isa` and `pvpanic` are QEMU's notifier on either bus; `hyperv` is a crash register of the processor, which needs KVM. */
export type PanicModel = 'isa' | 'pvpanic' | 'hyperv'

export interface DomainInput {
  /** For absolute pointer positions. */
  type: 'tablet'
  bus: 'usb' | 'virtio'
}

export interface DeviceSpec {
  disks: DomainDisk[]
  nics: DomainNic[]
  /** Threads that serve disks, numbered from 1; `ioThreads` of a disk and of the SCSI controller name them. */
  ioThreadCount?: number
  /** Disks can be plugged in while it runs: there is a SCSI controller even where no disk is on it. */
  diskHotplug?: boolean
  /** The controller that all disks on the scsi bus share. */
  scsiController?: { queues?: number; ioThread?: number }
  serialConsole: boolean
  /** Whether what the guest prints there is kept; it is unless this is false. */
  serialLog?: boolean
  graphics: boolean
  /** The standard VGA unless given. */
  video?: VideoModel
  sound?: SoundModel
  inputs?: DomainInput[]
  rng: boolean
  /** The channel org.qemu.guest_agent.0. */
  guestAgent: boolean
  /** Slots that devices at a client's end are plugged into, one stream each: the first is `usbredir0.sock`. At most 4. */
  usbRedirections?: number
  watchdog?: { model: 'i6300esb'; action: 'poweroff' | 'reset' | 'shutdown' }
  panicDevices?: PanicModel[]
  /** Lets the guest give memory back; with `statsSeconds` it also tells how it uses what it has, that often. */
  balloon?: { freePageReporting: boolean; statsSeconds?: number }
  /** The guest's address on the host's AF_VSOCK sockets, unique on this host, from 3 on. */
  vsockCid?: number
  /** Virtio devices of the kind that guests from before virtio 1.0 know too. */
  virtioTransitional?: boolean
}
