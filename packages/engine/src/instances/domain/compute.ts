/** Identity, chipset, memory and clock of an instance; processors and hypervisor features have files of their own. */

import type { ClusterConfiguration, VirtualMachineInstance } from '@berth/api'
import type { ComputeSpec, SmbiosSpec } from '@berth/hypervisor'
import { quantityToBytes } from '@berth/meta'
import { guestMemoryBytes } from '../guest-memory.ts'
import { clockOf } from './clock.ts'
import { cpuOf } from './cpu.ts'
import { hypervisorOf } from './hypervisor.ts'

const mebibyte = 1024 ** 2

/** Everything of `ComputeSpec` that needs no file; ACPI tables are read by `acpiTablesOf`. */
export function computeOf(
  instance: Readonly<VirtualMachineInstance>,
  smbios: ClusterConfiguration['smbios'],
): ComputeSpec {
  const { domain } = instance.spec
  const hypervisor = hypervisorOf(domain)
  return {
    uuid: domain.firmware?.uuid ?? instance.metadata.uid ?? '',
    ...(domain.firmware?.serial === undefined ? {} : { serial: domain.firmware.serial }),
    smbios: smbiosOf(instance, smbios),
    machine: domain.machine?.type ?? 'q35',
    cpu: cpuOf(domain),
    ...memoryOf(instance),
    acpi: domain.features?.acpi?.enabled !== false,
    ...(hypervisor === undefined ? {} : { hypervisor }),
    clock: clockOf(domain.clock),
  }
}

type MemoryPart = Pick<ComputeSpec, 'memoryMiB' | 'maxMemoryMiB' | 'hugePageBytes' | 'lockedMemory'>

function memoryOf(instance: Readonly<VirtualMachineInstance>): MemoryPart {
  const { memory } = instance.spec.domain
  const pageSize = memory?.hugepages?.pageSize
  return {
    memoryMiB: Math.ceil(guestMemoryBytes(instance) / mebibyte),
    ...(memory?.maxGuest === undefined ? {} : { maxMemoryMiB: Math.ceil(quantityToBytes(memory.maxGuest) / mebibyte) }),
    ...(pageSize === undefined ? {} : { hugePageBytes: quantityToBytes(pageSize) }),
    ...(memory?.reservedOverhead?.memLock === 'Required' ? { lockedMemory: true } : {}),
  }
}

function smbiosOf({ spec }: Readonly<VirtualMachineInstance>, system: NonNullable<SmbiosSpec['system']>): SmbiosSpec {
  const { chassis } = spec.domain
  return { system: { ...system }, ...(chassis === undefined ? {} : { chassis: { ...chassis } }) }
}
