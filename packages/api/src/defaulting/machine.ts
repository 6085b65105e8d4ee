/** What a VirtualMachine gets when it is created: the identity its guest will see at every start. */

import { defaultConfiguration, type ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { type Architecture } from './platform.ts'

export interface MachineDefaults {
  architecture: Architecture
  /** Of the cluster at the time of the request; an unconfigured one unless given. */
  configuration?: ClusterConfiguration
  /** Random version 4 UUIDs; called once each at most. */
  uuid(): string
}

/**
 * Fills in place. An update that leaves out the firmware's identity keeps the earlier one, so that a guest never changes its
 * identity by accident.
 * @param previous the stored object, undefined on create
 */
export function defaultMachine(
  machine: VirtualMachine,
  previous: VirtualMachine | undefined,
  defaults: MachineDefaults,
): void {
  // The schema lets a template leave its spec out; KubeVirt reads that as an empty one.
  const template: { spec?: VirtualMachineInstanceSpec } = machine.spec.template
  const spec = (template.spec ??= { domain: { devices: {} } })
  const earlier = previous?.spec.template.spec
  spec.architecture ??= earlier?.architecture ?? defaults.architecture
  spec.domain.machine ??= {}
  if (spec.domain.machine.type === undefined || spec.domain.machine.type === '') {
    const { configuration = defaultConfiguration } = defaults
    spec.domain.machine.type = configuration.machineType(spec.architecture)
  }
  const firmware = (spec.domain.firmware ??= {})
  firmware.uuid ??= earlier?.domain.firmware?.uuid ?? defaults.uuid()
  firmware.serial ??= earlier?.domain.firmware?.serial ?? defaults.uuid()
}
