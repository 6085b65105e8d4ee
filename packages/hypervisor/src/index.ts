export {
  DriverError,
  type Domain,
  type DomainEvent,
  type DomainMetrics,
  type DomainReason,
  type DomainState,
  type DomainStatus,
  type Driver,
  type DriverErrorCode,
  type GuestInfo,
} from './driver.ts'
export { guestInfoParts, type GuestInfoPart } from './agent/guest-info.ts'
export { type GuestAgent, type GuestCommand, type GuestCommandResult } from './guest-agent.ts'
export { createQemuDriver } from './qemu/create.ts'
export { type ProbeGuest, type QemuDriverOptions } from './qemu/options.ts'
export { createSimulatedDriver } from './simulated/create.ts'
export { guestActs, simulateGuest, type GuestAct } from './simulated/guest-acts.ts'
export { type SimulatedDriverOptions } from './simulated/options.ts'
export { type Acceleration, type HostCapabilities } from './spec/capabilities.ts'
export { type BlockSizes, type DiskBus, type DomainDisk } from './spec/disks.ts'
export { type DomainSpec } from './spec/domain.ts'
export { type DomainNic } from './spec/nics.ts'
export { type ComputeSpec } from './spec/compute.ts'
export {
  type DeviceSpec,
  type DomainInput,
  type PanicModel,
  type SoundModel,
  type VideoModel,
} from './spec/devices.ts'
export { type FirmwareSpec, type HostLimits } from './spec/firmware.ts'
