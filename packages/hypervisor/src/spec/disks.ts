/** The disks of a machine. */

export type DiskBus = 'virtio' | 'sata' | 'scsi' | 'usb'

/** Bytes; powers of two from 512 to 2 MiB, `logical` at most `physical`. */
export interface BlockSizes {
  logical: number
  physical: number
  /** 0 tells the guest not to discard. */
  discardGranularity?: number
}

/**
 * Most images of one disk. What QEMU says of a chain grows with the square of its length, and the guest waits while it says it: some
 * tenths of a second at this length.
 */
export const maxDiskImages = 100

/** One image; `path` is absolute. */
export interface DiskImage {
  path: string
  format: 'qcow2' | 'raw'
}

export interface DomainDisk {
  /** The volume's name; device id and QMP node name are derived from it. Letters, digits and dashes. */
  name: string
  /** Absolute path of the image; empty for a drive without a medium (or whose tray is open), which only a cdrom can be. */
  path: string
  format: 'qcow2' | 'raw'
  device: 'disk' | 'cdrom' | 'lun'
  bus: DiskBus
  readOnly: boolean
  serial?: string
  /** 1 is first; absent disks are not booted from unless none has an order. */
  bootOrder?: number
  cache?: 'none' | 'writethrough' | 'writeback'
  io?: 'native' | 'threads'
  errorPolicy?: 'stop' | 'ignore' | 'report' | 'enospace'
  shareable?: boolean
  /** `match` is what the image's file system or block device of the host has. */
  blockSize?: BlockSizes | 'match'
  /** Queues of a virtio disk; QEMU makes one for each processor unless given. */
  queues?: number
  /** Numbers of the threads that serve a virtio disk; a QEMU that binds only one takes turns through them. */
  ioThreads?: number[]
  /** Where a virtio disk is on the guest's PCI bus: `0000:00:10.0`, or `0000:03:00.0` for the third root port. */
  pciAddress?: string
  /**
   * The images this one was made on top of, nearest first. An image whose header names a backing file that is not listed here is
   * refused: the header is written by whoever made the image and may name any file of this host.
   */
  backing?: DiskImage[]
}
