export {
  DriverError,
  type AdoptOptions,
  type Domain,
  type DomainEvent,
  type DomainMetrics,
  type DomainReason,
  type DomainState,
  type DomainStatus,
  type Driver,
  type DriverErrorCode,
} from './driver.ts'
export {
  type BackupOptions,
  type BackupResult,
  type ShownDisks,
  type ShowOptions,
  type BitmapOptions,
  type CommitOptions,
  type DiskOverlay,
  type DiskWork,
  type DumpOptions,
  type MirrorOptions,
  type StreamOptions,
  type WorkOptions,
  type WorkProgress,
} from './disk-work.ts'
export {
  guestInfoParts,
  type GuestAgent,
  type GuestCommand,
  type GuestCommandResult,
  type GuestInfo,
  type GuestInfoPart,
  type GuestTraffic,
} from './guest-agent.ts'
export { connectLending, giveBack } from './lent-reads.ts'
export { nicAddresses, type PlacedDevices } from './qemu/arguments/addresses.ts'
export { createQemuDriver } from './qemu/create.ts'
export { type ProbeGuest, type QemuDriverOptions } from './qemu/options.ts'
export { findHostHelpers, type HostHelpers } from './qemu/host-helpers.ts'
export { findMachineTraces, type MachineTraces } from './qemu/traces.ts'
export { createSimulatedDriver } from './simulated/create.ts'
export { guestActs, simulateGuest, type GuestAct } from './simulated/guest-acts.ts'
export { type SimulatedDriverOptions } from './simulated/options.ts'
export { type Acceleration, type HostCapabilities } from './spec/capabilities.ts'
export { maxDiskImages, type BlockSizes, type DiskBus, type DiskImage, type DomainDisk } from './spec/disks.ts'
export { type DomainSpec } from './spec/domain.ts'
export { type DomainNic } from './spec/nics.ts'
export { type ClockSpec, type TimerSpec } from './spec/clock.ts'
export { type ComputeSpec } from './spec/compute.ts'
export {
  type ComputeCapabilities,
  type HugePagePool,
  type MemoryEncryption,
  type ProcessorCapabilities,
} from './spec/compute-capabilities.ts'
export { type CpuFeature, type CpuFeaturePolicy, type CpuSpec, type DedicatedProcessors } from './spec/cpu.ts'
export { hypervProperties, type HypervFlag, type HypervisorFeatures } from './spec/hypervisor-features.ts'
export { maxAcpiTableBytes, type AcpiTable, type SmbiosSpec } from './spec/identity.ts'
export {
  maxIoThreads,
  type DeviceSpec,
  type DomainInput,
  type PanicModel,
  type SoundModel,
  type VideoModel,
} from './spec/devices.ts'
export { type FirmwareSpec, type HostLimits } from './spec/firmware.ts'
