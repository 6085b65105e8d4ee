/** Leases (coordination.k8s.io/v1): who leads, and until when. */

import { invalidValue, type SchemaSet, type StatusCause } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { ageColumn, builtIn, text } from './built-in.ts'
import { objectAt, textAt } from './fields.ts'

export function leases(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'coordination.v1',
    group: 'coordination.k8s.io',
    kind: 'Lease',
    resource: 'leases',
    namespaced: true,
    unconditionalUpdate: false,
    columns: [text('Holder', (object) => textAt(objectAt(object, 'spec'), 'holderIdentity')), ageColumn],
    rules: {
      validate(object) {
        const spec = objectAt(object, 'spec')
        const causes: StatusCause[] = []
        const seconds = spec?.['leaseDurationSeconds']
        if (typeof seconds === 'number' && seconds <= 0) {
          causes.push(invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0'))
        }
        const transitions = spec?.['leaseTransitions']
        if (typeof transitions === 'number' && transitions < 0) {
          causes.push(invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'))
        }
        return causes
      },
    },
  })
}
