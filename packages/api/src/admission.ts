/** Admission of the served kinds in one call each: KubeVirt's rules first, then what the embedded engine cannot do. */

import { deepEqual, type StatusCause } from '@berth/meta'
import { defaultConfiguration, type ClusterConfiguration } from './configuration/cluster-configuration.ts'
import type { HostAbilities } from './honoured/rule.ts'
import { unhonoured } from './honoured/unhonoured.ts'
import { admitReferences } from './instancetypes/admit.ts'
import type { References } from './instancetypes/expand.ts'
import { resources } from './resources.ts'
import type { DataVolume } from './types/data-volume.ts'
import type { VirtualMachineInstance } from './types/instance.ts'
import type { VirtualMachine } from './types/machine.ts'
import { validateDataVolume } from './validation/data-volume.ts'
import { validateInstanceCreate, validateInstanceUpdate } from './validation/instance.ts'
import { validateMachine } from './validation/machine.ts'
import { denied } from './webhooks.ts'

const { dataVolume, virtualMachine, virtualMachineInstance } = resources

/**
 * On create and update, after defaulting. An update that leaves the spec as it was is always let through: a machine accepted under
 * other rules (an operator's setting has changed since) must still get its finalizers, labels and metadata changed.
 * @param options.configuration of the cluster at the time of the request; an unconfigured one unless given
 * @param options.references the instance type and preference the machine names, where they were found
 * @param options.previous the stored object on an update
 * @throws StatusError 422 in the words of KubeVirt's webhook
 */
export function admitMachine(
  machine: VirtualMachine,
  options: {
    host: HostAbilities
    configuration?: ClusterConfiguration
    references?: References
    previous?: VirtualMachine | undefined
  },
): void {
  const { host, previous, references = {}, configuration = defaultConfiguration } = options
  if (previous !== undefined && deepEqual(machine.spec, previous.spec)) return
  const applied = admitReferences(machine, references, { architecture: host.architecture, configuration })
  refuse(virtualMachine.webhooks.createValidator, [
    ...validateMachine(applied),
    ...unhonoured('VirtualMachine', applied.spec, host),
  ])
}

/**
 * @param options.configuration of the cluster at the time of the request; an unconfigured one unless given
 * @param options.previous the stored object on an update
 * @param options.trusted the request comes from the engine's own controllers
 * @throws StatusError 422 in the words of KubeVirt's webhook
 */
export function admitInstance(
  instance: VirtualMachineInstance,
  options: {
    host: HostAbilities
    configuration?: ClusterConfiguration
    trusted: boolean
    previous?: VirtualMachineInstance | undefined
  },
): void {
  const { host, previous, trusted } = options
  if (previous !== undefined) {
    refuse(virtualMachineInstance.webhooks.updateValidator, validateInstanceUpdate(instance, previous, trusted))
    return
  }
  refuse(virtualMachineInstance.webhooks.createValidator, [
    ...validateInstanceCreate(instance, trusted),
    ...unhonoured('VirtualMachineInstance', instance.spec, host),
  ])
}

/**
 * @param options.previous the stored object on an update
 * @throws StatusError 422 in the words of CDI's webhook
 */
export function admitDataVolume(
  volume: DataVolume,
  options: { host: HostAbilities; previous?: DataVolume | undefined },
): void {
  const { host, previous } = options
  refuse(dataVolume.webhooks.createValidator, [
    ...validateDataVolume(volume, previous),
    ...(previous === undefined ? unhonoured('DataVolume', volume.spec, host) : []),
  ])
}

function refuse(webhook: string, causes: StatusCause[]): void {
  if (causes.length > 0) throw denied(webhook, causes)
}
