/** What features for Windows need of each other. */

import type { Hyperv } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'

/** A feature and the one it needs; what is needed by others comes last. */
export const hypervNeeds: readonly (readonly [feature: keyof Hyperv, needed: keyof Hyperv])[] = [
  ['evmcs', 'vapic'],
  ['ipi', 'vpindex'],
  ['tlbflush', 'vpindex'],
  ['synictimer', 'synic'],
  ['synic', 'vpindex'],
]

/** Turns on what is needed and not spoken of; what was turned off is left for validation to name. */
export function defaultHyperv({ domain }: VirtualMachineInstanceSpec): void {
  const hyperv = domain.features?.hyperv
  if (hyperv === undefined) return
  for (const [feature, needed] of hypervNeeds) {
    if (hyperv[feature]?.enabled !== true || hyperv[needed]?.enabled === true) continue
    // KubeVirt stops at the first that cannot be had.
    if (hyperv[needed]?.enabled === false) return
    hyperv[needed] = { ...hyperv[needed], enabled: true }
  }
  if (hyperv.evmcs !== undefined && hyperv.evmcs.enabled !== false) requireVmx(domain)
}

/** Nested Hyper-V is Intel's own, and needs the processor to show it. */
function requireVmx(domain: VirtualMachineInstanceSpec['domain']): void {
  const cpu = (domain.cpu ??= {})
  const features = (cpu.features ??= [])
  const vmx = features.find(({ name }) => name === 'vmx')
  if (vmx === undefined) features.push({ name: 'vmx', policy: 'require' })
  else vmx.policy = 'require'
}
