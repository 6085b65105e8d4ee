/** The disks of a machine. */

export type DiskBus = 'virtio' | 'sata' | 'scsi' | 'usb'

export interface DomainDisk {
  /** The volume's name; device id and QMP node name are derived from it. Letters, digits and dashes. */
  name: string
  /** Absolute path of the image. */
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
  /**
   * The images this one was made on top of, nearest first. An image whose header names a backing file that is not listed here is
   * refused: the header is written by whoever made the image and may name any file of this host.
   */
  backing?: { path: string; format: 'qcow2' | 'raw' }[]
}
