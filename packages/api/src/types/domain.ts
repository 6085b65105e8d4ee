/** The virtual machine itself: what the guest sees. Every field of the API; what the engine refuses of it is in honoured/. */

import type { ResourceRequirements } from './core.ts'

export interface DomainSpec {
  cpu?: Cpu
  memory?: Memory
  /** `overcommitGuestOverhead`: what running the machine costs is limited, but not asked for. */
  resources?: ResourceRequirements & { overcommitGuestOverhead?: boolean }
  machine?: { type?: string }
  firmware?: Firmware
  features?: Features
  clock?: Clock
  chassis?: Chassis
  ioThreadsPolicy?: 'shared' | 'auto' | 'supplementalPool'
  ioThreads?: { supplementalPoolThreadCount?: number }
  launchSecurity?: LaunchSecurity
  rebootPolicy?: 'Reboot' | 'Terminate'
  devices: Devices
}

export interface Memory {
  guest?: string
  maxGuest?: string
  hugepages?: { pageSize?: string }
  reservedOverhead?: { addedOverhead?: string; memLock?: 'NotRequired' | 'Required' }
}

export interface FeatureState {
  /** On when absent: naming a feature turns it on. */
  enabled?: boolean
}

export interface Features {
  acpi?: FeatureState
  apic?: FeatureState & { endOfInterrupt?: boolean }
  hyperv?: Hyperv
  hypervPassthrough?: FeatureState
  kvm?: { hidden?: boolean }
  pvspinlock?: FeatureState
  smm?: FeatureState
}

/** What Windows asks of its hypervisor. */
export interface Hyperv {
  evmcs?: FeatureState
  frequencies?: FeatureState
  ipi?: FeatureState
  reenlightenment?: FeatureState
  relaxed?: FeatureState
  reset?: FeatureState
  runtime?: FeatureState
  /** `spinlocks`: how often a processor tries before it tells the hypervisor. */
  spinlocks?: FeatureState & { spinlocks?: number }
  synic?: FeatureState
  synictimer?: FeatureState & { direct?: FeatureState }
  tlbflush?: FeatureState & { direct?: FeatureState; extended?: FeatureState }
  vapic?: FeatureState
  vendorid?: FeatureState & { vendorid?: string }
  vpindex?: FeatureState
}

export interface Cpu {
  sockets?: number
  cores?: number
  threads?: number
  maxSockets?: number
  /** `host-model`, `host-passthrough` or a model's name. */
  model?: string
  features?: { name: string; policy?: CpuFeaturePolicy }[]
  dedicatedCpuPlacement?: boolean
  isolateEmulatorThread?: boolean
  numa?: { guestMappingPassthrough?: object }
  realtime?: { mask?: string }
}

export type CpuFeaturePolicy = 'force' | 'require' | 'optional' | 'disable' | 'forbid'

export interface Firmware {
  uuid?: string
  serial?: string
  bootloader?: { bios?: { useSerial?: boolean }; efi?: { secureBoot?: boolean; persistent?: boolean } }
  kernelBoot?: KernelBoot
  /** Names of secret volumes that hold the tables. */
  acpi?: { slicNameRef?: string; msdmNameRef?: string }
}

export interface KernelBoot {
  kernelArgs?: string
  container?: {
    image: string
    kernelPath?: string
    initrdPath?: string
    imagePullPolicy?: PullPolicy
    imagePullSecret?: string
  }
}

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never'

export interface Clock {
  utc?: { offsetSeconds?: number }
  /** A name of the IANA database. */
  timezone?: string
  timer?: {
    hpet?: Timer & { tickPolicy?: string }
    hyperv?: Timer
    kvm?: Timer
    pit?: Timer & { tickPolicy?: string }
    rtc?: Timer & { tickPolicy?: string; track?: string }
  }
}

export interface Timer {
  /** On when absent. */
  present?: boolean
}

export interface Chassis {
  asset?: string
  manufacturer?: string
  serial?: string
  sku?: string
  version?: string
}

export interface LaunchSecurity {
  sev?: { attestation?: object; dhCert?: string; policy?: { encryptedState?: boolean }; session?: string }
  snp?: object
  tdx?: object
}

export interface Devices {
  autoattachGraphicsDevice?: boolean
  autoattachInputDevice?: boolean
  autoattachMemBalloon?: boolean
  autoattachPodInterface?: boolean
  autoattachSerialConsole?: boolean
  autoattachVSOCK?: boolean
  blockMultiQueue?: boolean
  clientPassthrough?: object
  disableHotplug?: boolean
  disks?: Disk[]
  downwardMetrics?: object
  filesystems?: { name: string; virtiofs: object }[]
  gpus?: Gpu[]
  hostDevices?: HostDevice[]
  inputs?: Input[]
  interfaces?: Interface[]
  logSerialConsole?: boolean
  networkInterfaceMultiqueue?: boolean
  panicDevices?: { model?: string }[]
  rng?: object
  sound?: { name: string; model?: string }
  tpm?: { enabled?: boolean; persistent?: boolean }
  useVirtioTransitional?: boolean
  video?: { type?: string }
  watchdog?: Watchdog
}

export type DiskBus = 'virtio' | 'sata' | 'scsi' | 'usb'

export interface Disk {
  /** The volume's name. */
  name: string
  disk?: { bus?: DiskBus; readonly?: boolean; pciAddress?: string }
  cdrom?: { bus?: DiskBus; readonly?: boolean; tray?: 'open' | 'closed' }
  lun?: { bus?: DiskBus; readonly?: boolean; reservation?: boolean }
  blockSize?: {
    custom?: { logical?: number; physical?: number; discardGranularity?: number }
    matchVolume?: FeatureState
  }
  bootOrder?: number
  serial?: string
  cache?: 'none' | 'writethrough' | 'writeback'
  changedBlockTracking?: boolean
  dedicatedIOThread?: boolean
  io?: 'native' | 'threads'
  errorPolicy?: 'stop' | 'ignore' | 'report' | 'enospace'
  shareable?: boolean
  tag?: string
}

/** A device of the host by resource name, or one that a resource claim brings. */
export interface HostDevice {
  name: string
  deviceName?: string
  claimName?: string
  requestName?: string
  tag?: string
}

export interface Gpu extends HostDevice {
  virtualGPUOptions?: { display?: FeatureState & { ramFB?: FeatureState } }
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
  acpiIndex?: number
  pciAddress?: string
  tag?: string
  ports?: { name?: string; port: number; protocol?: 'TCP' | 'UDP' }[]
  portRanges?: { start: number; end: number; protocol: string }[]
  dhcpOptions?: {
    bootFileName?: string
    tftpServerName?: string
    ntpServers?: string[]
    privateOptions?: { option: number; value: string }[]
  }
  binding?: { name: string }
  bridge?: object
  macvtap?: object
  masquerade?: object
  passt?: object
  passtBinding?: object
  slirp?: object
  sriov?: object
  state?: 'up' | 'down' | 'absent'
}

export interface Watchdog {
  name: string
  i6300esb?: { action?: 'poweroff' | 'reset' | 'shutdown' }
  diag288?: { action?: 'poweroff' | 'reset' | 'shutdown' }
}
