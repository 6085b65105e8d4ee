/** Processors of an instance. */

import type { VirtualMachineInstanceSpec } from '@berth/api'
import type { CpuSpec } from '@berth/hypervisor'

/** Both mean: the best this host has. The driver knows what that is. */
const bestModels = new Set(['host-model', 'host-passthrough'])

export function cpuOf({ cpu = {} }: VirtualMachineInstanceSpec['domain']): CpuSpec {
  const { model, maxSockets } = cpu
  return {
    ...(model === undefined || model === '' || bestModels.has(model) ? {} : { model }),
    // A feature without a policy is required.
    features: (cpu.features ?? []).map(({ name, policy }) => ({ name, policy: policy ?? 'require' })),
    sockets: cpu.sockets ?? 1,
    cores: cpu.cores ?? 1,
    threads: cpu.threads ?? 1,
    ...(maxSockets === undefined || maxSockets === 0 ? {} : { maxSockets }),
    ...(cpu.dedicatedCpuPlacement === true
      ? {
          dedicated: {
            isolateEmulator: cpu.isolateEmulatorThread === true,
            numa: cpu.numa?.guestMappingPassthrough !== undefined,
          },
        }
      : {}),
  }
}
