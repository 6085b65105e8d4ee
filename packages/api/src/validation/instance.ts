/** Admission of a VirtualMachineInstance: on create everything, on update nearly nothing may change. */

import { deepEqual, type StatusCause } from '@berth/meta'
import { defaultConfiguration } from '../configuration/cluster-configuration.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import { accessCredentialAdmission } from './access-credentials.ts'
import { placementAdmission } from './affinity.ts'
import { architectureAdmission } from './architecture.ts'
import { bootOrderAdmission } from './boot-order.ts'
import { closedSpec } from './closed-schema.ts'
import { cpuAdmission, realtimeAdmission } from './cpu.ts'
import { deviceAdmission, gatedDeviceAdmission, inputAdmission, ioThreadAdmission } from './devices.ts'
import { validateDisks } from './disks.ts'
import { dnsAdmission } from './dns.ts'
import { machineTypeAdmission, secureBootAdmission, validateFirmware } from './firmware.ts'
import { hostSafetyAdmission } from './host-safety.ts'
import { validateHotplug } from './hotplug.ts'
import { hypervAdmission } from './hyperv.ts'
import { reservedLabels, validateInstanceMetadata } from './instance-metadata.ts'
import { applyInstanceRules, type InstanceRule, type RuleContext } from './instance-rule.ts'
import { discontinuedAdmission } from './interfaces.ts'
import { launchSecurityAdmission } from './launch-security.ts'
import { memoryAdmission } from './memory.ts'
import { networkAdmission } from './networks.ts'
import { probeAdmission } from './probes.ts'
import { claimAdmission } from './resource-claims.ts'
import { evictionAdmission, nameAdmission, serviceAccountAdmission, startAdmission } from './top.ts'
import { mappedVolumeAdmission, volumeAdmission } from './volumes.ts'

const domainAdmission: readonly InstanceRule[] = [
  {
    name: 'disks',
    causes: ({ domain }, { field }) => validateDisks(domain.devices.disks ?? [], `${field}.domain.devices.disks`),
  },
  {
    name: 'firmware',
    causes: ({ domain }, { field }) => validateFirmware(domain.firmware, `${field}.domain.firmware`),
  },
  ...secureBootAdmission,
]

/** Every rule for the spec of an instance, and of a machine's template, in the order their messages appear in KubeVirt. */
export const instanceSpecAdmission: readonly InstanceRule[] = [
  ...nameAdmission,
  ...memoryAdmission,
  ...machineTypeAdmission,
  ...cpuAdmission,
  ...startAdmission,
  ...realtimeAdmission,
  ...placementAdmission,
  ...networkAdmission,
  ...claimAdmission,
  ...bootOrderAdmission,
  ...inputAdmission,
  ...ioThreadAdmission,
  ...probeAdmission,
  ...domainAdmission,
  ...volumeAdmission,
  ...accessCredentialAdmission,
  ...dnsAdmission,
  ...evictionAdmission,
  ...deviceAdmission,
  ...launchSecurityAdmission,
  ...gatedDeviceAdmission,
  ...serviceAccountAdmission,
]

/** What a template may still leave open, because its instance gets defaults and presets. */
const completeAdmission: readonly InstanceRule[] = [
  ...mappedVolumeAdmission,
  {
    name: 'memory is asked for',
    causes: ({ domain: { memory, resources } }, { field }) => {
      if (memory?.guest !== undefined || memory?.hugepages !== undefined) return []
      if (resources?.requests?.['memory'] !== undefined) return []
      const names = ['memory.guest', 'memory.hugepages.pageSize', 'resources.requests.memory']
      const [guest, pages, requests] = names.map((name) => `'${field}.domain.${name}'`)
      const message = `no memory requested, at least one of ${guest ?? ''}, ${pages ?? ''} or ${requests ?? ''} must be set`
      return [{ reason: 'FieldValueRequired', message }]
    },
  },
]

const defaults: RuleContext = { configuration: defaultConfiguration }

/** @param field `spec`, or `spec.template.spec` inside a machine */
export function validateInstanceSpec(
  spec: VirtualMachineInstanceSpec,
  field = 'spec',
  context: RuleContext = defaults,
): StatusCause[] {
  return applyInstanceRules(instanceSpecAdmission, spec, { ...context, field })
}

/** Only what is refused of new objects: bindings that are no more. */
export function validateInstanceSpecCreate(spec: VirtualMachineInstanceSpec, field: string): StatusCause[] {
  return applyInstanceRules(discontinuedAdmission, spec, { ...defaults, field })
}

export interface InstanceAdmission extends RuleContext {
  /** The request comes from the engine's own controllers. */
  trusted: boolean
}

export function validateInstanceCreate(instance: VirtualMachineInstance, options: InstanceAdmission): StatusCause[] {
  const { configuration, trusted } = options
  const { spec, metadata } = instance
  const place = { ...options, field: 'spec' }
  const closed = closedSpec(spec, 'spec')
  if (closed.length > 0) return closed
  const causes = [
    ...applyInstanceRules(discontinuedAdmission, spec, place),
    ...applyInstanceRules(instanceSpecAdmission, spec, place),
    ...applyInstanceRules(completeAdmission, spec, place),
    ...validateInstanceMetadata(metadata, { field: 'metadata', configuration, trusted }),
    ...applyInstanceRules(hypervAdmission, spec, place),
    ...applyInstanceRules(architectureAdmission, spec, place),
  ]
  return causes.length > 0 ? causes : applyInstanceRules(hostSafetyAdmission, spec, place)
}

/** The engine's own controllers may attach and detach; nobody else changes the spec, nor the labels only they may set. */
export function validateInstanceUpdate(
  instance: VirtualMachineInstance,
  previous: VirtualMachineInstance,
  { trusted, configuration }: InstanceAdmission,
): StatusCause[] {
  const same = deepEqual(instance.spec, previous.spec)
  if (trusted) return same ? [] : validateHotplug({ instance, previous, configuration })
  if (!same) return [{ reason: 'FieldValueNotSupported', message: 'update of VMI object is restricted' }]
  if (!deepEqual(reservedLabels(instance.metadata.labels), reservedLabels(previous.metadata.labels))) {
    const message = 'modification of the following reserved kubevirt.io/ labels on a VMI object is prohibited'
    return [{ reason: 'FieldValueNotSupported', message }]
  }
  return []
}
