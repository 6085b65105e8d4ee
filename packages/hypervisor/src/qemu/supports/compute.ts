/** What of chipset, processors and memory this host lacks. */

import type { HostCapabilities } from '../../spec/capabilities.ts'
import type { ComputeSpec } from '../../spec/compute.ts'
import { checkCpu } from './cpu.ts'
import { checkHypervisor } from './hypervisor.ts'
import type { Refuse } from './refuse.ts'

export function checkCompute(spec: ComputeSpec, host: HostCapabilities, refuse: Refuse): void {
  if (!host.machineTypes.includes(spec.machine)) {
    refuse(`the machine type "${spec.machine}" is unknown`, 'Use "q35".')
  }
  if (!/^(?:pc-)?q35(?:-|$)/.test(spec.machine)) {
    refuse(`the machine type "${spec.machine}" is not one of the q35 family`, 'Use "q35".')
  }
  checkCpu(spec.cpu, host, refuse)
  checkHypervisor(spec, host, refuse)
  checkMemory(spec, host, refuse)
}

function checkMemory({ hugePageBytes, lockedMemory }: ComputeSpec, host: HostCapabilities, refuse: Refuse): void {
  if (host.compute === undefined) return
  if (hugePageBytes !== undefined && !host.compute.hugePages.some(({ pageBytes }) => pageBytes === hugePageBytes)) {
    refuse(
      `there are no huge pages of ${hugePageBytes} bytes`,
      'Set some aside: "sysctl vm.nr_hugepages=512", then start the engine again.',
    )
  }
  if (lockedMemory === true && host.compute.noLockedMemory !== undefined) {
    refuse(`memory cannot be locked: ${host.compute.noLockedMemory}`, 'Leave it out.')
  }
}
