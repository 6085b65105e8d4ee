/** `spec.domain` of a machine: what the guest sees. Fields the engine refuses are left out; see honoured/. */

import type { ResourceRequirements } from './core.ts'

export interface DomainSpec {
  cpu?: Cpu
  memory?: { guest?: string; maxGuest?: string }
  resources?: ResourceRequirements
  machine?: { type?: string }
  firmware?: Firmware
  features?: { acpi?: FeatureState }
  clock?: Clock
  devices: Devices
}

export interface FeatureState {
  /** On when absent: naming a feature turns it on. */
  enabled?: boolean
}

export interface Cpu {
  sockets?: number
  cores?: number
  threads?: number
  maxSockets?: number
  /** `host-model`, `host-passthrough` or a model's name. */
  model?: string
  features?: { name: string; policy?: CpuFeaturePolicy }[]
}

export type CpuFeaturePolicy = 'force' | 'require' | 'optional' | 'disable' | 'forbid'

export interface Firmware {
  uuid?: string
  serial?: string
  bootloader?: { bios?: object; efi?: { secureBoot?: boolean; persistent?: boolean } }
  kernelBoot?: KernelBoot
}

export interface KernelBoot {
  kernelArgs?: string
  container?: { image: string; kernelPath?: string; initrdPath?: string; imagePullPolicy?: PullPolicy }
}

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never'

export interface Clock {
  utc?: { offsetSeconds?: number }
  /** A name of the IANA database. */
  timezone?: string
}

export interface Devices {
  autoattachGraphicsDevice?: boolean
  autoattachInputDevice?: boolean
  autoattachMemBalloon?: boolean
  autoattachPodInterface?: boolean
  autoattachSerialConsole?: boolean
  logSerialConsole?: boolean
  disableHotplug?: boolean
  disks?: Disk[]
  inputs?: Input[]
  interfaces?: Interface[]
  rng?: object
  watchdog?: Watchdog
}

export type DiskBus = 'virtio' | 'sata' | 'scsi' | 'usb'

export interface Disk {
  /** The volume's name. */
  name: string
  disk?: { bus?: DiskBus; readonly?: boolean }
  cdrom?: { bus?: DiskBus; readonly?: boolean; tray?: 'open' | 'closed' }
  lun?: { bus?: DiskBus; readonly?: boolean }
  bootOrder?: number
  serial?: string
  cache?: 'none' | 'writethrough' | 'writeback'
  io?: 'native' | 'threads'
  errorPolicy?: 'stop' | 'ignore' | 'report' | 'enospace'
  shareable?: boolean
}

export interface Input {
  name: string
  type: string
  bus?: 'usb' | 'virtio'
}

export type InterfaceModel = 'virtio' | 'e1000' | 'e1000e' | 'igb' | 'ne2k_pci' | 'pcnet' | 'rtl8139'

export interface Interface {
  /** The network's name. */
  name: string
  model?: InterfaceModel
  macAddress?: string
  bootOrder?: number
  ports?: { name?: string; port: number; protocol?: 'TCP' | 'UDP' }[]
  masquerade?: object
  bridge?: object
  state?: 'up' | 'down' | 'absent'
}

export interface Watchdog {
  name: string
  i6300esb?: { action?: 'poweroff' | 'reset' | 'shutdown' }
}
