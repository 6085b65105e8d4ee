/** What an OVF descriptor says of a machine, in our words: nothing of OVF's or any vendor's spelling is left. */

export type DiskController = 'scsi' | 'ide' | 'sata' | 'nvme' | 'virtio' | 'unknown'
export type OvfDiskFormat = 'vmdk' | 'vhd' | 'vhdx' | 'vdi' | 'qcow2' | 'raw'

/** A file that the descriptor refers to. */
export interface OvfFile {
  /** A plain file name, without folders. */
  name: string
  /** Of the file as it lies there; all chunks together. */
  sizeBytes?: number
  compression?: 'gzip'
  /** Cut into pieces of this size, named `NAME.000000000`, `NAME.000000001` and so on. */
  chunkBytes?: number
}

export interface OvfDisk {
  /** The descriptor's id. */
  id: string
  /** As its machine shows it: `Hard disk 1`. */
  name: string
  controller: DiskController
  /** `lsilogic`, `VirtualSCSI`: as the descriptor has it. */
  controllerModel?: string
  /** Several controllers of one kind are numbered by their address. */
  controllerIndex: number
  /** Place on its controller. */
  unit: number
  capacityBytes: number
  /** What is in use of it, as the descriptor estimates. */
  populatedBytes?: number
  /** None for an empty disk. */
  file?: OvfFile
  format: OvfDiskFormat
}

export interface OvfCdRom {
  name: string
  controller: DiskController
  file?: OvfFile
}

export interface OvfCard {
  name: string
  /** Name of the network it is on. */
  network?: string
  mac?: string
  /** `VmxNet3`, `E1000`: as the descriptor has it. */
  model?: string
}

export interface OvfProperty {
  /** With class and instance where it has them, as the guest reads it: `CLASS.KEY.INSTANCE`. */
  key: string
  value: string
  label?: string
  /** Not to be shown. */
  password: boolean
  userConfigurable: boolean
}

export interface OvfOperatingSystem {
  /** Number in the list of CIM. */
  id?: number
  /** The vendor's name: `ubuntu64Guest`. */
  type?: string
  description?: string
}

export interface OvfMachine {
  id: string
  name: string
  description?: string
  product?: { name?: string; vendor?: string; version?: string }
  os: OvfOperatingSystem
  cpus: number
  coresPerSocket?: number
  memoryBytes: number
  firmware: 'bios' | 'efi'
  secureBoot: boolean
  tpm: boolean
  /** In the order in which the firmware finds them. */
  disks: OvfDisk[]
  cdRoms: OvfCdRom[]
  cards: OvfCard[]
  properties: OvfProperty[]
  /** What it has beside these, in words: `sound card`. */
  otherDevices: string[]
}

export interface OvfPackage {
  machines: OvfMachine[]
  /** Names and descriptions of the networks the machines are on. */
  networks: { name: string; description?: string }[]
  /** Every file that the descriptor refers to. */
  files: OvfFile[]
}
