/** PriorityClasses (scheduling.k8s.io/v1): a name for a number. */

import { forbiddenValue, invalidValue, unsupportedValue, type SchemaSet, type StatusCause } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { refusal } from '../server/attributes.ts'
import { ageColumn, builtIn, text, type CoreObject } from './built-in.ts'
import { defaultTo, numberAt, textAt } from './fields.ts'

const target = { group: 'scheduling.k8s.io', resource: 'priorityclasses' }

/** Values above it belong to `system-` classes (scheduling validation). */
const highestUserPriority = 1_000_000_000

/** Made at start when missing, as kube-apiserver does. */
export const systemPriorityClasses = [
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'For pods that a node cannot do without, and that must stay on theirs.',
  },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description: 'For pods that a cluster cannot do without, wherever they run.',
  },
] as const

const policies = ['PreemptLowerPriority', 'Never']

/** What keeps a name with the system's prefix from being used; undefined when it is one of the system's own. */
function reserved(object: CoreObject): string | undefined {
  const name = object.metadata.name ?? ''
  const known = systemPriorityClasses.find((each) => each.name === name)
  if (known === undefined) return `${name} is not a known system priority class`
  if (numberAt(object, 'value') !== known.value) return `value of ${name} PriorityClass must be ${known.value}`
  return object['globalDefault'] === true ? `globalDefault of ${name} PriorityClass must be false` : undefined
}

export function priorityclasses(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'scheduling.v1',
    group: 'scheduling.k8s.io',
    kind: 'PriorityClass',
    resource: 'priorityclasses',
    shortNames: ['pc'],
    namespaced: false,
    generation: true,
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
        const why = name.startsWith('system-') ? reserved(object) : undefined
        if (why !== undefined) {
          const words = "priority class names with 'system-' prefix are reserved for system use only."
          causes.push(forbiddenValue('metadata.name', `${words} error: ${why}`))
        } else if (value > highestUserPriority && !name.startsWith('system-')) {
          causes.push(
            forbiddenValue('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`),
          )
        }
        const policy = textAt(object, 'preemptionPolicy')
        if (!policies.includes(policy)) causes.push(unsupportedValue('preemptionPolicy', policy, policies))
        if (previous === undefined) return causes
        if (value !== numberAt(previous, 'value'))
          causes.push(forbiddenValue('value', 'may not be changed in an update.'))
        if (policy !== textAt(previous, 'preemptionPolicy')) {
          causes.push(invalidValue('preemptionPolicy', policy, 'field is immutable'))
        }
        return causes
      },
      beforeDelete(object) {
        const name = object.metadata.name ?? ''
        if (!systemPriorityClasses.some((each) => each.name === name)) return
        throw refusal(target, name, 'this is a system priority class and cannot be deleted')
      },
    },
  })
}
