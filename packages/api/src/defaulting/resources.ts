/** Defaults of processors and memory: what is asked for, what the guest gets, how its processors are laid out. */

import type { ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { amountOf, readAmount } from '../validation/amount.ts'

/** With it nothing is written into the spec: it is what an instance asks for anyway. */
const usualCpuRequest = '100m'

/** A processor limit is the request too, where none is given; a cluster may have its own request. */
export function defaultRequests(spec: VirtualMachineInstanceSpec, configuration: ClusterConfiguration): void {
  const { domain } = spec
  const resources = (domain.resources ??= {})
  const limit = resources.limits?.['cpu']
  if (amountOf(limit).nanos !== 0n && amountOf(resources.requests?.['cpu']).nanos === 0n && limit !== undefined) {
    resources.requests = { ...resources.requests, cpu: limit }
  }
  const own = configuration.cpuRequest
  if (amountOf(own).nanos === amountOf(usualCpuRequest).nanos || resources.requests?.['cpu'] !== undefined) return
  if (domain.cpu?.dedicatedCpuPlacement !== true) resources.requests = { ...resources.requests, cpu: own }
}

/** The guest gets the memory that is asked for, else its limit, else one huge page. */
export function defaultGuestMemory({ domain }: VirtualMachineInstanceSpec): void {
  const memory = (domain.memory ??= {})
  if (memory.guest !== undefined) return
  const { requests, limits } = domain.resources ?? {}
  const candidates = [requests?.['memory'], limits?.['memory']].filter((text) => amountOf(text).nanos !== 0n)
  const page = memory.hugepages?.pageSize
  const guest = candidates[0] ?? (readAmount(page) === undefined ? undefined : page)
  if (guest !== undefined) memory.guest = guest
}

/** As many sockets as processors were asked for when no topology is given; one given in part is left as it is. */
export function defaultTopology({ domain }: VirtualMachineInstanceSpec): void {
  const cpu = (domain.cpu ??= {})
  if ((cpu.sockets ?? 0) !== 0 || (cpu.cores ?? 0) !== 0 || (cpu.threads ?? 0) !== 0) return
  const asked = domain.resources?.limits?.['cpu'] ?? domain.resources?.requests?.['cpu']
  Object.assign(cpu, { sockets: asked === undefined ? 1 : wholeProcessors(asked), cores: 1, threads: 1 })
}

/** What is not a quantity, or none at all, is one processor: validation names the field. */
function wholeProcessors(text: string): number {
  const { value } = amountOf(text)
  return value < 1n ? 1 : Number(value)
}
