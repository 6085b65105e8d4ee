/** Virtual processors of an instance. */

import type { VirtualMachineInstance } from '@berth/api'

export function vcpusOf({ spec }: Readonly<VirtualMachineInstance>): number {
  const { sockets = 1, cores = 1, threads = 1 } = spec.domain.cpu ?? {}
  return sockets * cores * threads
}
