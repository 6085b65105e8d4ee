/** Admission of a machine's status: the requests to attach and detach volumes that wait in it. */

import { defaultConfiguration, type ClusterConfiguration } from './configuration/cluster-configuration.ts'
import type { HostAbilities } from './honoured/rule.ts'
import type { VirtualMachineInstance } from './types/instance.ts'
import type { VirtualMachine } from './types/machine.ts'
import { validateInstanceSpec } from './validation/instance.ts'
import { validateVolumeRequests, withVolumeRequests } from './validation/volume-requests.ts'
import { denied } from './webhooks.ts'

const statusValidator = 'kubevirt-crd-status-validator.kubevirt.io'
const at = 'spec.template.spec'

/**
 * The requests themselves, and then the machine and its instance as they would become.
 * @param options.instance the machine's, where it runs and is not going away
 * @throws StatusError 422 in the words of KubeVirt's webhook
 */
export function admitVolumeRequests(
  machine: VirtualMachine,
  options: { host: HostAbilities; configuration?: ClusterConfiguration; instance?: VirtualMachineInstance | undefined },
): void {
  const { host, instance, configuration = defaultConfiguration } = options
  const requests = machine.status?.volumeRequests ?? []
  if (requests.length === 0) return
  const context = { configuration, hostDisks: host.hostDiskDirectories.length > 0 }
  const specs = [machine.spec.template.spec, ...(instance === undefined ? [] : [instance.spec])]
  const stages = [
    () => validateVolumeRequests(requests, machine, instance),
    ...specs.map((spec) => () => validateInstanceSpec(withVolumeRequests(spec, requests), at, context)),
  ]
  for (const stage of stages) {
    const causes = stage()
    if (causes.length > 0) throw denied(statusValidator, causes)
  }
}
