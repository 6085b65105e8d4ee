/** What admission must know of this host's processors and memory. */

import type { ComputeAbilities } from '@berth/api'
import type { HostCapabilities } from '@berth/hypervisor'

/** Undefined where the driver does not know. */
export function computeAbilities(host: HostCapabilities): ComputeAbilities | undefined {
  const { compute, acceleration, accelerationReason } = host
  if (compute === undefined) return undefined
  const { processor, hugePages, dedicatedProcessors, numaNodes, noLockedMemory, noRealtime, noEncryption } = compute
  return {
    acceleration,
    ...(accelerationReason === undefined ? {} : { accelerationReason }),
    cpuModels: processor.missing,
    cpuFeatures: processor.features,
    cpuSwitches: processor.switches,
    hugePageSizes: hugePages.map(({ pageBytes }) => pageBytes),
    numaNodes,
    dedicatedProcessors,
    ...(noLockedMemory === undefined ? {} : { noLockedMemory }),
    ...(noRealtime === undefined ? {} : { noRealtime }),
    noEncryption,
  }
}
