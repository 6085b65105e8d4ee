/** What this host and its QEMU can do; found once, when the driver is made. */

import type { ComputeCapabilities } from './compute-capabilities.ts'

export type Acceleration = 'kvm' | 'tcg'

export interface HostCapabilities {
  acceleration: Acceleration
  /** Why not KVM, in words for a person; undefined when it is KVM. */
  accelerationReason?: string
  /** `7.2.22`; "simulated" for the simulated driver. */
  version: string
  architecture: 'amd64' | 'arm64'
  /** UEFI firmware files found; undefined when the host has none. */
  uefi?: FirmwareFiles
  /** UEFI firmware with Secure Boot and Microsoft's keys. */
  secureBoot?: FirmwareFiles
  /** The TPM emulator. */
  tpm?: HostProgram
  /** The server of shared folders. */
  virtiofs?: HostProgram
  /** What keeps machines within their limits. */
  cgroup?: CgroupAbility
  /** CPU models QEMU runs here (`qemu64`, `host`, `max`, …). */
  cpuModels: string[]
  /** Machine types (`q35`, `pc-q35-7.2`). */
  machineTypes: string[]
  /** QEMU's device types (`virtio-vga`, `usb-redir`); absent where the driver has every device. */
  deviceTypes?: readonly string[]
  /** Guests can have AF_VSOCK sockets: /dev/vhost-vsock is there and can be used. */
  vsock?: boolean
  /** Processors and memory; absent where the driver does not know them, and then leaves the check to QEMU. */
  compute?: ComputeCapabilities
}

export interface FirmwareFiles {
  code: string
  vars: string
}

/** A program beside QEMU, or in words for a person why it cannot be used. */
export type HostProgram = { path: string } | { missing: string }

export type CgroupController = 'cpu' | 'memory' | 'pids'

/** Which limits the kernel keeps; `missing` says why the others are not kept. */
export interface CgroupAbility {
  version: 1 | 2 | undefined
  controllers: readonly CgroupController[]
  missing?: string
}
