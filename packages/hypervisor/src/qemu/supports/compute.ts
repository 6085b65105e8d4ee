/** What of the machine type and the processor this host lacks. */

import type { HostCapabilities } from '../../spec/capabilities.ts'
import type { ComputeSpec } from '../../spec/compute.ts'
import type { Refuse } from './refuse.ts'

export function checkCompute(spec: ComputeSpec, host: HostCapabilities, refuse: Refuse): void {
  if (!host.machineTypes.includes(spec.machine)) {
    refuse(`the machine type "${spec.machine}" is unknown`, 'Use "q35".')
  }
  if (!/^(?:pc-)?q35(?:-|$)/.test(spec.machine)) {
    refuse(`the machine type "${spec.machine}" is not one of the q35 family`, 'Use "q35".')
  }
  const { model } = spec.cpu
  if (model !== undefined && !host.cpuModels.includes(model)) {
    refuse(`the CPU model "${model}" is unknown`, 'Leave the model out to get the best one.')
  }
  if (model === 'host' && host.acceleration === 'tcg') {
    refuse('the CPU model "host" needs KVM, which does not work here', 'Use "max", or leave the model out.')
  }
}
