/** PriorityClasses (scheduling.k8s.io/v1): a name for a number. */

import { forbiddenValue, invalidValue, type SchemaSet, type StatusCause } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { ageColumn, builtIn, text } from './built-in.ts'
import { defaultTo, numberAt, textAt } from './fields.ts'

/** Values above it belong to `system-` classes (scheduling validation). */
const highestUserPriority = 1_000_000_000

export function priorityclasses(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'scheduling.v1',
    group: 'scheduling.k8s.io',
    kind: 'PriorityClass',
    resource: 'priorityclasses',
    shortNames: ['pc'],
    namespaced: false,
    columns: [
      { name: 'Value', type: 'integer', value: '.value' },
      { name: 'Global-Default', type: 'boolean', value: (object) => object['globalDefault'] === true },
      ageColumn,
      text('PreemptionPolicy', '.preemptionPolicy'),
    ],
    rules: {
      default(object) {
        defaultTo(object, { preemptionPolicy: 'PreemptLowerPriority', value: 0 })
      },
      validate(object, previous) {
        const causes: StatusCause[] = []
        const name = object.metadata.name ?? ''
        const value = numberAt(object, 'value')
        if (name.startsWith('system-')) {
          const field = 'metadata.name'
          causes.push(
            invalidValue(field, name, "priority class names with 'system-' prefix are reserved for system use only"),
          )
        } else if (value > highestUserPriority) {
          causes.push(
            forbiddenValue('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`),
          )
        }
        if (previous === undefined) return causes
        if (value !== numberAt(previous, 'value'))
          causes.push(forbiddenValue('value', 'may not be changed in an update.'))
        if (textAt(object, 'preemptionPolicy') !== textAt(previous, 'preemptionPolicy')) {
          causes.push(forbiddenValue('preemptionPolicy', 'may not be changed in an update.'))
        }
        return causes
      },
    },
  })
}
