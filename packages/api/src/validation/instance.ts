/** Admission of a VirtualMachineInstance: on create everything, on update nearly nothing may change. */

import { deepEqual, type StatusCause } from '@berth/meta'
import { reservedInstanceLabels } from '../names.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import { applyRules, unsupportedField, invalidField, type Rule } from './cause.ts'
import { diskAdmission } from './disks.ts'
import { networkAdmission } from './networks.ts'
import { platformAdmission } from './platform.ts'
import { resourceAdmission } from './resources.ts'
import { volumeAdmission } from './volumes.ts'

/** Every rule for the spec of an instance, in the order their messages appear. */
export const instanceSpecAdmission: readonly Rule<VirtualMachineInstanceSpec>[] = [
  ...volumeAdmission,
  ...resourceAdmission,
  ...diskAdmission,
  ...networkAdmission,
  ...platformAdmission,
]

/** @param field `spec`, or `spec.template.spec` inside a machine */
export function validateInstanceSpec(spec: VirtualMachineInstanceSpec, field = 'spec'): StatusCause[] {
  return applyRules(instanceSpecAdmission, spec, field)
}

/** @param trusted the request comes from the engine's own controllers */
export function validateInstanceCreate(instance: VirtualMachineInstance, trusted: boolean): StatusCause[] {
  const causes = validateInstanceSpec(instance.spec)
  if (!trusted && reserved(instance).length > 0) {
    const message = 'creation of the following reserved kubevirt.io/ labels on a VMI object is prohibited'
    causes.push(unsupportedField('metadata.labels', message))
  }
  return causes
}

/** @param trusted the request comes from the engine's own controllers */
export function validateInstanceUpdate(
  instance: VirtualMachineInstance,
  previous: VirtualMachineInstance,
  trusted: boolean,
): StatusCause[] {
  if (trusted) return []
  const causes: StatusCause[] = []
  if (!deepEqual(instance.spec, previous.spec)) {
    causes.push(invalidField('spec', 'update of VMI object is restricted'))
  }
  if (!deepEqual(reserved(instance), reserved(previous))) {
    const message = 'modification of the following reserved kubevirt.io/ labels on a VMI object is prohibited'
    causes.push(unsupportedField('metadata.labels', message))
  }
  return causes
}

function reserved(instance: VirtualMachineInstance): [string, string][] {
  const labels = instance.metadata.labels ?? {}
  return reservedInstanceLabels.flatMap((name): [string, string][] => {
    const value = labels[name]
    return value === undefined ? [] : [[name, value]]
  })
}
