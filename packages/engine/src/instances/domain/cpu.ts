/** Processors of an instance. */

import type { VirtualMachineInstanceSpec } from '@berth/api'
import type { CpuSpec } from '@berth/hypervisor'

/** Both mean: the best this host has. The driver knows what that is. */
const bestModels = new Set(['host-model', 'host-passthrough'])

export function cpuOf({ cpu = {} }: VirtualMachineInstanceSpec['domain']): CpuSpec {
  const { model, maxSockets, sockets = 1, cores = 1, threads = 1 } = cpu
  const count = sockets * cores * threads
  return {
    ...(model === undefined || model === '' || bestModels.has(model) ? {} : { model }),
    // A feature without a policy is required.
    features: (cpu.features ?? []).map(({ name, policy }) => ({ name, policy: policy ?? 'require' })),
    sockets,
    cores,
    threads,
    ...(maxSockets === undefined || maxSockets === 0 ? {} : { maxSockets }),
    ...(cpu.dedicatedCpuPlacement === true
      ? {
          dedicated: {
            isolateEmulator: cpu.isolateEmulatorThread === true,
            numa: cpu.numa?.guestMappingPassthrough !== undefined,
            ...(cpu.realtime === undefined ? {} : { realtime: processorsOf(cpu.realtime.mask, count) }),
          },
        }
      : {}),
  }
}

/** Processors that a mask like `0-3,^1` names, of those there are; none named is all. */
function processorsOf(mask: string | undefined, count: number): number[] {
  const all = Array.from({ length: count }, (_, index) => index)
  if (mask === undefined || mask === '') return all
  const chosen = new Set<number>()
  for (const part of mask.split(',')) {
    const [, not, first, last] = /^(\^?)(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? []
    if (first === undefined) continue
    const named = all.filter((index) => index >= Number(first) && index <= Number(last ?? first))
    for (const index of named) {
      if (not === '^') chosen.delete(index)
      else chosen.add(index)
    }
  }
  return [...chosen].toSorted((a, b) => a - b)
}
