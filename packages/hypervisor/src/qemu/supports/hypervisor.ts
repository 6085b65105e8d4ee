/** What guests are told of the hypervisor that only KVM does, or that this QEMU is too old for. */

import type { HostCapabilities } from '../../spec/capabilities.ts'
import type { ComputeSpec } from '../../spec/compute.ts'
import { hypervProperties } from '../../spec/hypervisor-features.ts'
import type { Refuse } from './refuse.ts'

export function checkHypervisor(spec: ComputeSpec, host: HostCapabilities, refuse: Refuse): void {
  const wanted = kvmOnly(spec)
  if (host.acceleration === 'tcg' && wanted.length > 0) {
    refuse(`${wanted.join(', ')} needs KVM, which does not work here`, 'Leave it out.')
  }
  const processor = host.compute?.processor
  const unknown = processor === undefined ? [] : wanted.filter((name) => !processor.switches.includes(name))
  if (unknown.length > 0) refuse(`there is no ${unknown.join(', ')}`, 'Leave it out.')
}

/** Properties of QEMU's processors, by name. */
function kvmOnly({ hypervisor, clock }: ComputeSpec): string[] {
  const { endOfInterrupt, pvSpinlock, hyperv } = hypervisor ?? {}
  return [
    ...(endOfInterrupt === true ? ['kvm-pv-eoi'] : []),
    ...(pvSpinlock === true ? ['kvm-pv-unhalt'] : []),
    ...(clock.timers?.kvmclock?.present === true ? ['kvmclock'] : []),
    ...(hyperv?.flags ?? []).map((flag) => hypervProperties[flag]),
    ...(hyperv?.passthrough === true ? ['hv-passthrough'] : []),
    ...(hyperv?.spinlockRetries === undefined ? [] : ['hv-spinlocks']),
    ...(hyperv?.vendorId === undefined ? [] : ['hv-vendor-id']),
  ]
}
