/** What the driver has opened for a machine, and where QEMU makes its sockets. */

import type { ImageChain, OpenImage } from './disks.ts'

/** Socket names in the folder that QEMU runs in. */
export const sockets = {
  qmp: 'qmp.sock',
  /** A second monitor, over which the driver hands descriptors to a QEMU that runs. */
  handover: 'handover.sock',
  agent: 'agent.sock',
  serial: 'serial.sock',
  vnc: 'vnc.sock',
  /** Of the NBD server, while disks are shown. */
  shown: 'nbd.sock',
} as const

/** Socket of one slot, counted from 0; speaks the usbredir protocol. */
export function usbRedirectionSocket(slot: number): string {
  return `usbredir${slot}.sock`
}

/** What the driver has opened for the machine. */
export interface OpenFiles {
  /** One `-add-fd` each: the descriptor's number in QEMU, the set it goes into, and what it is for. */
  descriptors: { fd: number; set: number; opaque?: string }[]
  images: ReadonlyMap<string, ImageChain>
  kernel?: { path: string; initrd?: string }
  firmware?: { code: OpenImage; vars: OpenImage }
  serialLog: string
  /** ACPI tables of the spec, in its order. */
  acpiTables?: string[]
  /** Descriptor of the host's /dev/vhost-vsock. */
  vsock?: number
}
