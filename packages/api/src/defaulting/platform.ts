/** Defaults that depend on the processor architecture. */

import type { DiskBus } from '../types/domain.ts'

export type Architecture = 'amd64' | 'arm64'

interface Platform {
  cpuModel: string
  diskBus: DiskBus
  cdromBus: DiskBus
}

const platforms: Record<Architecture, Platform> = {
  amd64: { cpuModel: 'host-model', diskBus: 'sata', cdromBus: 'sata' },
  arm64: { cpuModel: 'host-passthrough', diskBus: 'virtio', cdromBus: 'scsi' },
}

/** An architecture nobody knows is refused by validation later; until then it is treated like amd64. */
export function platformOf(architecture: string | undefined): Platform {
  return architecture === 'arm64' ? platforms.arm64 : platforms.amd64
}
