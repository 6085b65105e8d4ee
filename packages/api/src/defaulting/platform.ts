/** Defaults that depend on the processor architecture. */

import type { DiskBus } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'

export type Architecture = 'amd64' | 'arm64'

interface Platform {
  /** For every machine that names none; undefined leaves it to the cluster. */
  cpuModel?: string
  diskBus: DiskBus
  cdromBus: DiskBus
  watchdog?: 'i6300esb' | 'diag288'
  /** It boots through UEFI and nothing else. */
  uefiOnly?: boolean
  acpi: boolean
}

const others: Record<string, Platform> = {
  // KubeVirt's default for CD-ROMs is virtio, which it then refuses.
  arm64: { cpuModel: 'host-passthrough', diskBus: 'virtio', cdromBus: 'scsi', uefiOnly: true, acpi: true },
  s390x: { diskBus: 'virtio', cdromBus: 'scsi', watchdog: 'diag288', acpi: false },
}
const amd64: Platform = { diskBus: 'sata', cdromBus: 'sata', watchdog: 'i6300esb', acpi: true }

/** An architecture nobody knows is refused by validation later; until then it is treated like amd64. */
export function platformOf(architecture = 'amd64'): Platform {
  return Object.hasOwn(others, architecture) ? (others[architecture] ?? amd64) : amd64
}

/** How hot-plug ports are laid out on a PCI Express machine; undefined for machines without. */
export function pciTopologyOf({ architecture, domain }: VirtualMachineInstanceSpec): string | undefined {
  if (!['', 'amd64', 'arm64'].includes(architecture ?? '')) return undefined
  const type = domain.machine?.type
  return type === undefined || type.includes('q35') || type.startsWith('virt') ? 'v3' : undefined
}
