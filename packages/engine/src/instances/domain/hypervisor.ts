/** What the guest of an instance is told of its hypervisor. */

import type { FeatureState, Hyperv, VirtualMachineInstanceSpec } from '@berth/api'
import type { HypervFlag, HypervisorFeatures } from '@berth/hypervisor'

type Domain = VirtualMachineInstanceSpec['domain']

/** The plain switches: what each needs is its own state and that of what it is a part of. */
const switches: readonly (readonly [HypervFlag, (hyperv: Hyperv) => readonly (FeatureState | undefined)[]])[] = [
  ['relaxed', ({ relaxed }) => [relaxed]],
  ['vapic', ({ vapic }) => [vapic]],
  ['vpindex', ({ vpindex }) => [vpindex]],
  ['runtime', ({ runtime }) => [runtime]],
  ['synic', ({ synic }) => [synic]],
  ['synictimer', ({ synictimer }) => [synictimer]],
  ['synictimerDirect', ({ synictimer }) => [synictimer, synictimer?.direct]],
  ['reset', ({ reset }) => [reset]],
  ['frequencies', ({ frequencies }) => [frequencies]],
  ['reenlightenment', ({ reenlightenment }) => [reenlightenment]],
  ['tlbflush', ({ tlbflush }) => [tlbflush]],
  ['tlbflushDirect', ({ tlbflush }) => [tlbflush, tlbflush?.direct]],
  ['tlbflushExtended', ({ tlbflush }) => [tlbflush, tlbflush?.extended]],
  ['ipi', ({ ipi }) => [ipi]],
  ['evmcs', ({ evmcs }) => [evmcs]],
]

/** KubeVirt's, of spinlocks that are on and say no number. */
const defaultRetries = 4096

const isOn = (state: FeatureState | undefined): boolean => state !== undefined && state.enabled !== false

/** Undefined when the spec says nothing of it. */
export function hypervisorOf({ features = {}, clock }: Domain): HypervisorFeatures | undefined {
  const { hyperv, hypervPassthrough, kvm, pvspinlock, apic } = features
  const flags = hyperv === undefined ? [] : switches.filter(([, of]) => of(hyperv).every(isOn)).map(([flag]) => flag)
  const timer = clock?.timer?.hyperv
  if (timer !== undefined && timer.present !== false) flags.push('time')
  const spinlocks = hyperv?.spinlocks
  const vendor = hyperv?.vendorid
  const enlightened = {
    flags,
    ...(isOn(spinlocks) ? { spinlockRetries: spinlocks?.spinlocks ?? defaultRetries } : {}),
    ...(isOn(vendor) && vendor?.vendorid !== undefined ? { vendorId: vendor.vendorid } : {}),
    ...(isOn(hypervPassthrough) ? { passthrough: true } : {}),
  }
  const told = {
    ...(kvm?.hidden === true ? { hidden: true } : {}),
    ...(apic?.endOfInterrupt === undefined ? {} : { endOfInterrupt: apic.endOfInterrupt }),
    ...(pvspinlock === undefined ? {} : { pvSpinlock: isOn(pvspinlock) }),
    ...(flags.length > 0 || Object.keys(enlightened).length > 1 ? { hyperv: enlightened } : {}),
  }
  return Object.keys(told).length === 0 ? undefined : told
}
