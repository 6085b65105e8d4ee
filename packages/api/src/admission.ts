/** Admission of the served kinds in one call each: KubeVirt's rules first, then what the embedded engine cannot do. */

import { deepClone, deepEqual, type StatusCause } from '@berth/meta'
import { defaultConfiguration, type ClusterConfiguration } from './configuration/cluster-configuration.ts'
import { defaultTemplateSpec, type InstanceDefaults } from './defaulting/instance.ts'
import type { HostAbilities } from './honoured/rule.ts'
import { unhonoured } from './honoured/unhonoured.ts'
import { admitReferences } from './instancetypes/admit.ts'
import type { References } from './instancetypes/expand.ts'
import { resources } from './resources.ts'
import type { DataImportCron, DataVolume } from './types/data-volume.ts'
import type { VirtualMachineInstance } from './types/instance.ts'
import type { VirtualMachine } from './types/machine.ts'
import { validateDataImportCron } from './validation/data-import-cron.ts'
import { validateDataVolume } from './validation/data-volume.ts'
import { validateInstanceCreate, validateInstanceUpdate } from './validation/instance.ts'
import { validateMachine } from './validation/machine.ts'
import { denied, deniedByCdi, notHonoured } from './webhooks.ts'

const { dataImportCron, dataVolume, virtualMachine, virtualMachineInstance } = resources

/**
 * On create and update, after defaulting. An update that leaves the spec as it was is always let through: a machine accepted under
 * other rules (an operator's setting has changed since) must still get its finalizers, labels and metadata changed.
 * @param options.configuration of the cluster at the time of the request; an unconfigured one unless given
 * @param options.trusted the request comes from the engine's own controllers
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
    trusted?: boolean
  },
): void {
  const { host, previous, references = {}, configuration = defaultConfiguration, trusted = false } = options
  // As KubeVirt: what is going away is let go.
  if (machine.metadata.deletionTimestamp !== undefined) return
  if (previous !== undefined && deepEqual(machine.spec, previous.spec)) return
  const applied = admitReferences(machine, references, { architecture: host.architecture, configuration })
  const { createValidator } = virtualMachine.webhooks
  const considered = withTemplateDefaults(applied, { architecture: host.architecture, configuration })
  refuse(
    createValidator,
    validateMachine(considered, { configuration, hostDisks: allowsHostDisks(host), previous, trusted }),
  )
  refuseUnhonoured(createValidator, unhonoured('VirtualMachine', applied.spec, host))
}

/** KubeVirt looks at a machine as if its template had these already; they are not kept. */
function withTemplateDefaults(
  machine: VirtualMachine,
  defaults: Pick<InstanceDefaults, 'architecture' | 'configuration'>,
): VirtualMachine {
  const copy = deepClone(machine)
  const template: { spec?: VirtualMachine['spec']['template']['spec'] } | null | undefined = copy.spec.template
  if (template?.spec !== undefined) defaultTemplateSpec(template.spec, defaults)
  return copy
}

function allowsHostDisks({ hostDiskDirectories }: HostAbilities): boolean {
  return hostDiskDirectories.length > 0
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
  const { host, previous, trusted, configuration = defaultConfiguration } = options
  const { createValidator, updateValidator } = virtualMachineInstance.webhooks
  if (previous !== undefined) {
    refuse(updateValidator, validateInstanceUpdate(instance, previous, { configuration, trusted }))
    return
  }
  const context = { configuration, hostDisks: allowsHostDisks(host), trusted }
  refuse(createValidator, validateInstanceCreate(instance, context))
  refuseUnhonoured(createValidator, unhonoured('VirtualMachineInstance', instance.spec, host))
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
  const { createValidator } = dataVolume.webhooks
  const causes = validateDataVolume(volume, previous)
  if (causes.length > 0) throw deniedByCdi(createValidator, causes)
  if (previous === undefined) refuseUnhonoured(createValidator, unhonoured('DataVolume', volume.spec, host))
}

/**
 * @param options.scheduleProblem why the schedule cannot be read
 * @throws StatusError 422 in the words of CDI's webhook
 */
export function admitDataImportCron(
  cron: DataImportCron,
  options: { host: HostAbilities; previous?: DataImportCron | undefined; scheduleProblem?: string | undefined },
): void {
  const { createValidator } = dataImportCron.webhooks
  const causes = validateDataImportCron(cron, options)
  if (causes.length > 0) throw deniedByCdi(createValidator, causes)
  if (options.previous !== undefined) return
  const ignored = unhonoured('DataVolume', cron.spec.template.spec, options.host)
  const at = (field = ''): string => field.replace(/^spec/, 'spec.template.spec')
  refuseUnhonoured(
    createValidator,
    ignored.map((cause) => ({ ...cause, field: at(cause.field) })),
  )
}

function refuse(webhook: string, causes: StatusCause[]): void {
  if (causes.length > 0) throw denied(webhook, causes)
}

function refuseUnhonoured(webhook: string, causes: StatusCause[]): void {
  if (causes.length > 0) throw notHonoured(webhook, causes)
}
