/** What a machine is made of before any device: identity, chipset, processors, memory, clock. */

import type { ClockSpec } from './clock.ts'
import type { CpuSpec } from './cpu.ts'
import type { HypervisorFeatures } from './hypervisor-features.ts'
import type { AcpiTable, SmbiosSpec } from './identity.ts'

export interface ComputeSpec {
  /** SMBIOS UUID. */
  uuid: string
  serial?: string
  /** What else the machine says about itself. */
  smbios?: SmbiosSpec
  acpiTables?: AcpiTable[]
  machine: string
  cpu: CpuSpec
  memoryMiB: number
  /** Memory the machine has room for; absent: as much as it has. */
  maxMemoryMiB?: number
  /** Memory of pages of this size, in bytes, from the host's pool; absent: ordinary pages. */
  hugePageBytes?: number
  /** The guest's memory is never swapped out. */
  lockedMemory?: boolean
  acpi: boolean
  /** What the guest is told of the hypervisor it runs on. */
  hypervisor?: HypervisorFeatures
  clock: ClockSpec
}
