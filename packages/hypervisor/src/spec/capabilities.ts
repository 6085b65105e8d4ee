/** What this host and its QEMU can do; found once, when the driver is made. */

export type Acceleration = 'kvm' | 'tcg'

export interface HostCapabilities {
  acceleration: Acceleration
  /** Why not KVM, in words for a person; undefined when it is KVM. */
  accelerationReason?: string
  /** `7.2.22`; "simulated" for the simulated driver. */
  version: string
  architecture: 'amd64' | 'arm64'
  /** UEFI firmware files found; undefined when the host has none. */
  uefi?: { code: string; vars: string }
  /** CPU models QEMU runs here (`qemu64`, `host`, `max`, …). */
  cpuModels: string[]
  /** Machine types (`q35`, `pc-q35-7.2`). */
  machineTypes: string[]
}
