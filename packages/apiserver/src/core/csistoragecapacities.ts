/** CSIStorageCapacities (storage.k8s.io/v1): how much room a class has. */

import {
  isDns1123Subdomain,
  invalidValue,
  requiredValue,
  forbiddenValue,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { ageColumn, builtIn, text } from './built-in.ts'
import { sameContent, textAt } from './fields.ts'

const frozen = ['nodeTopology', 'storageClassName'] as const

export function csistoragecapacities(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'storage.v1',
    group: 'storage.k8s.io',
    kind: 'CSIStorageCapacity',
    resource: 'csistoragecapacities',
    shortNames: [],
    namespaced: true,
    columns: [
      text('StorageClassName', (object) => textAt(object, 'storageClassName')),
      text('Capacity', (object) => textAt(object, 'capacity')),
      ageColumn,
    ],
    rules: {
      validate(object, previous) {
        const causes: StatusCause[] = []
        const name = textAt(object, 'storageClassName')
        if (name === '') causes.push(requiredValue('storageClassName'))
        else causes.push(...isDns1123Subdomain(name).map((why) => invalidValue('storageClassName', name, why)))
        for (const field of previous === undefined ? [] : frozen) {
          if (sameContent(object[field], previous?.[field])) continue
          causes.push(forbiddenValue(field, 'field is immutable'))
        }
        return causes
      },
    },
  })
}
