/** What of the processors this host lacks: models, features by their policies, processors to give away. */

import type { HostCapabilities } from '../../spec/capabilities.ts'
import type { CpuFeature, CpuSpec } from '../../spec/cpu.ts'
import { forceSwitch, knownFeature } from '../arguments/cpu.ts'
import type { Refuse } from './refuse.ts'

export function checkCpu(cpu: CpuSpec, host: HostCapabilities, refuse: Refuse): void {
  const { model, features, dedicated } = cpu
  if (model !== undefined && !host.cpuModels.includes(model)) {
    refuse(`the CPU model "${model}" is unknown`, 'Leave the model out to get the best one.')
  }
  if (model === 'host' && host.acceleration === 'tcg') {
    refuse('the CPU model "host" needs KVM, which does not work here', 'Use "max", or leave the model out.')
  }
  checkModel(cpu, host, refuse)
  if (dedicated?.realtime !== undefined && host.compute?.noRealtime !== undefined) {
    refuse(`processors cannot have realtime priority: ${host.compute.noRealtime}`, 'Leave it out.')
  }
  for (const feature of features) checkFeature(feature, host, refuse)
  const wanted = cpu.sockets * cpu.cores * cpu.threads + (dedicated?.isolateEmulator === true ? 1 : 0)
  const there = host.compute?.dedicatedProcessors ?? wanted
  if (dedicated !== undefined && wanted > there) {
    refuse(
      `${wanted} processors of the host are wanted for the machine alone, and there are ${there}`,
      'Take fewer processors, or do not dedicate them.',
    )
  }
}

/** A model that lacks a part is another model, unless the part is given up by name. */
function checkModel({ model, features }: CpuSpec, { compute }: HostCapabilities, refuse: Refuse): void {
  if (model === undefined || compute === undefined) return
  const { processor } = compute
  const givenUp = new Set(
    features.filter(({ policy }) => policy !== 'require').map(({ name }) => knownFeature(name, processor)),
  )
  const missing = (processor.missing[model] ?? []).filter((name) => !givenUp.has(name))
  if (missing.length > 0) {
    refuse(
      `the CPU model "${model}" has what this host lacks: ${missing.join(', ')}`,
      'Take another model, disable these features, or leave the model out.',
    )
  }
}

function checkFeature({ name, policy }: CpuFeature, { compute }: HostCapabilities, refuse: Refuse): void {
  if (compute === undefined) return
  const { processor } = compute
  const known = knownFeature(name, processor)
  const available = known !== undefined && processor.features[known] === true
  if (policy === 'require' && !available) refuse(`the CPU feature "${name}" is required`, 'Make it optional.')
  if (policy === 'forbid' && available)
    refuse(`the CPU feature "${name}" is there and forbidden`, 'Disable it instead.')
  if (policy === 'force' && !available && (known === undefined || !processor.switches.includes(forceSwitch))) {
    refuse(`the CPU feature "${name}" cannot be forced`, 'Leave it out.')
  }
}
