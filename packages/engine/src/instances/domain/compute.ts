/** Identity, chipset, processors, memory and clock of an instance. */

import type { VirtualMachineInstance } from '@berth/api'
import type { ComputeSpec } from '@berth/hypervisor'
import { guestMemoryBytes } from '../scheduler.ts'

const mebibyte = 1024 ** 2

export function computeOf(instance: Readonly<VirtualMachineInstance>): ComputeSpec {
  const { domain } = instance.spec
  return {
    uuid: domain.firmware?.uuid ?? instance.metadata.uid ?? '',
    ...(domain.firmware?.serial === undefined ? {} : { serial: domain.firmware.serial }),
    machine: domain.machine?.type ?? 'q35',
    cpu: cpuOf(instance),
    memoryMiB: Math.ceil(guestMemoryBytes(instance) / mebibyte),
    acpi: domain.features?.acpi?.enabled !== false,
    clock: {
      utcOffsetSeconds: domain.clock?.utc?.offsetSeconds ?? 0,
      ...(domain.clock?.timezone === undefined ? {} : { timezone: domain.clock.timezone }),
    },
  }
}

function cpuOf({ spec }: Readonly<VirtualMachineInstance>): ComputeSpec['cpu'] {
  const cpu = spec.domain.cpu ?? {}
  // host-model and host-passthrough both mean: the best this host has. The driver knows what that is.
  const named = cpu.model !== undefined && cpu.model !== 'host-model' && cpu.model !== 'host-passthrough'
  return {
    ...(named && cpu.model !== undefined ? { model: cpu.model } : {}),
    features: (cpu.features ?? []).map(({ name, policy }) => ({
      name,
      enabled: policy !== 'disable' && policy !== 'forbid',
    })),
    sockets: cpu.sockets ?? 1,
    cores: cpu.cores ?? 1,
    threads: cpu.threads ?? 1,
  }
}
