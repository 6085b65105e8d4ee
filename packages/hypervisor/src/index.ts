export {
  DriverError,
  type Acceleration,
  type DiskBus,
  type Domain,
  type DomainDisk,
  type DomainEvent,
  type DomainMetrics,
  type DomainNic,
  type DomainReason,
  type DomainSpec,
  type DomainState,
  type DomainStatus,
  type Driver,
  type DriverErrorCode,
  type GuestInfo,
  type HostCapabilities,
} from './driver.ts'
export { createQemuDriver } from './qemu/create.ts'
export { type ProbeGuest, type QemuDriverOptions } from './qemu/options.ts'
export { createSimulatedDriver } from './simulated/create.ts'
export { type SimulatedDriverOptions } from './simulated/options.ts'
