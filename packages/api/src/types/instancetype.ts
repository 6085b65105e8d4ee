/** Instance types and preferences (instancetype.kubevirt.io/v1beta1): sizes of machines, and what guests of a kind run best with. */

import type { KubeObject } from '@berth/meta'
import type {
  Clock,
  Cpu,
  Disk,
  DiskBus,
  DomainSpec,
  Features,
  Firmware,
  Gpu,
  HostDevice,
  Input,
  InterfaceModel,
  LaunchSecurity,
  Memory,
} from './domain.ts'

/** What a machine is made from when it names an instance type: everything here is the type's to say, and nobody else's. */
export interface InstancetypeSpec {
  annotations?: Record<string, string>
  cpu: {
    /** vCPUs. */
    guest: number
    model?: string
    dedicatedCPUPlacement?: boolean
    isolateEmulatorThread?: boolean
    maxSockets?: number
    numa?: NonNullable<Cpu['numa']>
    realtime?: NonNullable<Cpu['realtime']>
  }
  memory: {
    guest: string
    hugepages?: NonNullable<Memory['hugepages']>
    maxGuest?: string
    /** By how many percent less than the guest's memory is asked of the node. */
    overcommitPercent?: number
  }
  gpus?: Gpu[]
  hostDevices?: HostDevice[]
  ioThreads?: NonNullable<DomainSpec['ioThreads']>
  ioThreadsPolicy?: NonNullable<DomainSpec['ioThreadsPolicy']>
  launchSecurity?: LaunchSecurity
  nodeSelector?: Record<string, string>
  schedulerName?: string
}

/** The first five are the names in use; the others mean the same and are deprecated. */
export const cpuTopologies = [
  'sockets',
  'cores',
  'threads',
  'spread',
  'any',
  'preferSockets',
  'preferCores',
  'preferThreads',
  'preferSpread',
  'preferAny',
] as const
export type PreferredTopology = (typeof cpuTopologies)[number]

export type SpreadAcross = 'SocketsCoresThreads' | 'SocketsCores' | 'CoresThreads'

/** Fills what a machine leaves open; never in conflict with it. */
export interface PreferenceSpec {
  annotations?: Record<string, string>
  clock?: {
    preferredClockOffset?: Pick<Clock, 'utc' | 'timezone'>
    preferredTimer?: NonNullable<Clock['timer']>
  }
  cpu?: {
    preferredCPUTopology?: PreferredTopology
    preferredCPUFeatures?: NonNullable<Cpu['features']>
    spreadOptions?: { across?: SpreadAcross; ratio?: number }
  }
  devices?: DevicePreferences
  features?: {
    preferredAcpi?: NonNullable<Features['acpi']>
    preferredApic?: NonNullable<Features['apic']>
    preferredHyperv?: NonNullable<Features['hyperv']>
    preferredKvm?: NonNullable<Features['kvm']>
    preferredPvspinlock?: NonNullable<Features['pvspinlock']>
    preferredSmm?: NonNullable<Features['smm']>
  }
  firmware?: {
    preferredEfi?: NonNullable<NonNullable<Firmware['bootloader']>['efi']>
    preferredUseBios?: boolean
    preferredUseBiosSerial?: boolean
    /** Deprecated. */
    preferredUseEfi?: boolean
    /** Deprecated. */
    preferredUseSecureBoot?: boolean
  }
  machine?: { preferredMachineType?: string }
  /** Older than `cpu.spreadOptions.ratio`, which wins. */
  preferSpreadSocketToCoreRatio?: number
  preferredArchitecture?: string
  preferredLaunchSecurity?: LaunchSecurity
  preferredSubdomain?: string
  preferredTerminationGracePeriodSeconds?: number
  requirements?: { architecture?: string; cpu?: { guest: number }; memory?: { guest: string } }
  volumes?: { preferredStorageClassName?: string }
}

export interface DevicePreferences {
  preferredAutoattachGraphicsDevice?: boolean
  preferredAutoattachInputDevice?: boolean
  preferredAutoattachMemBalloon?: boolean
  preferredAutoattachPodInterface?: boolean
  preferredAutoattachSerialConsole?: boolean
  preferredBlockMultiQueue?: boolean
  preferredCdromBus?: DiskBus
  preferredDisableHotplug?: boolean
  preferredDiskBlockSize?: NonNullable<Disk['blockSize']>
  preferredDiskBus?: DiskBus
  preferredDiskCache?: NonNullable<Disk['cache']>
  preferredDiskDedicatedIoThread?: boolean
  preferredDiskIO?: NonNullable<Disk['io']>
  preferredInputBus?: NonNullable<Input['bus']>
  preferredInputType?: string
  preferredInterfaceMasquerade?: object
  preferredInterfaceModel?: InterfaceModel
  preferredLunBus?: DiskBus
  preferredNetworkInterfaceMultiQueue?: boolean
  preferredPanicDeviceModel?: string
  preferredRng?: object
  preferredSoundModel?: string
  preferredTPM?: { enabled?: boolean; persistent?: boolean }
  preferredUseVirtioTransitional?: boolean
  preferredVideoType?: string
  preferredVirtualGPUOptions?: NonNullable<Gpu['virtualGPUOptions']>
}

/** Of a namespace, or of the cluster: only the kind differs. */
export interface Instancetype extends KubeObject {
  spec: InstancetypeSpec
}

export interface Preference extends KubeObject {
  spec: PreferenceSpec
}

/** How a machine names its instance type or preference. */
export interface Matcher {
  name?: string
  /** The cluster's kind when absent; also in the plural, in any case. */
  kind?: string
  /** A ControllerRevision to use in place of the object as it is now. */
  revisionName?: string
  /** A volume of the machine whose labels name both. */
  inferFromVolume?: string
  inferFromVolumeFailurePolicy?: 'Reject' | 'Ignore'
}

/** What a machine's status says of its instance type or preference: the matcher, and the revision in use. */
export interface MatcherStatus {
  name?: string
  kind?: string
  inferFromVolume?: string
  inferFromVolumeFailurePolicy?: 'Reject' | 'Ignore'
  controllerRevisionRef?: { name: string }
}
