/** VirtualMachineExport as the API server serves it. */

import { denied, resources, validateExport, type VirtualMachineExport } from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { DurationError, parseDuration } from '@berth/base'
import type { StatusCause } from '@berth/meta'
import { allSchemas } from '../resources/schemas.ts'
import { typed } from '../resources/typed.ts'

const { virtualMachineExport } = resources

export function exportDefinition(): ResourceDefinition {
  return {
    ...typed(virtualMachineExport, allSchemas),
    rules: {
      validate(object, previous) {
        // The schema has vouched for the shape.
        const wanted = object as unknown as VirtualMachineExport
        const causes = [
          ...validateExport(wanted, previous as unknown as VirtualMachineExport | undefined),
          ...durationCauses(wanted.spec.ttlDuration),
        ]
        if (causes.length > 0) throw denied(virtualMachineExport.webhooks.createValidator, causes)
        return []
      },
    },
  }
}

/** Of a field `ttlDuration` of a spec. */
export function durationCauses(text: string | undefined): StatusCause[] {
  try {
    if (text === undefined || parseDuration(text) >= 0) return []
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
  }
  return [{ reason: 'FieldValueInvalid', field: 'spec.ttlDuration', message: 'ttlDuration has to be a time like 2h' }]
}
