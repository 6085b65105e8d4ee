/** The admission plug-in Priority: a pod's class becomes its number, and only one class is the default. */

import { numberAt, objectAt, textAt } from '../core/fields.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission/plugin.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { decodeStored } from '../rest/stored-form.ts'
import { refusal } from '../server/attributes.ts'
import type { Store } from '../storage/store.ts'

export interface PriorityAdmissionOptions {
  store: Pick<Store, 'get' | 'list'>
}

const collection = 'scheduling.k8s.io/priorityclasses'

interface PodPriority {
  name: string
  value: number
  preemptionPolicy: string
}

const none: PodPriority = { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' }

export function priorityAdmission({ store }: PriorityAdmissionOptions): AdmissionPlugin {
  /** The lowest of those marked as default, should a race have left several. */
  function defaultClass(): ApiObject | undefined {
    const marked = store
      .list(collection)
      .items.map(({ value }) => decodeStored(value))
      .filter((each) => each['globalDefault'] === true)
    return marked.sort((a, b) => numberAt(a, 'value') - numberAt(b, 'value'))[0]
  }

  function priorityOf(attributes: AdmissionAttributes, name: string): PodPriority {
    if (name === '') {
      const found = defaultClass()
      return found === undefined ? none : read(found)
    }
    const stored = store.get(collection, name)
    if (stored === undefined) throw refused(attributes, `no PriorityClass with name ${name} was found`)
    return read(decodeStored(stored.value))
  }

  /** Names of the default classes that are being written. */
  const coming = new Set<string>()

  return {
    name: 'Priority',
    handles({ definition, operation, subresource }) {
      if (subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false
      return isPod(definition) || isClass(definition)
    },
    mutate(attributes) {
      const { definition, operation, object, oldObject } = attributes
      const spec = object === undefined ? undefined : objectAt(object, 'spec')
      if (spec === undefined || !isPod(definition)) return
      if (operation === 'UPDATE') {
        const before = oldObject === undefined ? undefined : objectAt(oldObject, 'spec')
        for (const key of ['priority', 'preemptionPolicy']) {
          if (before?.[key] !== undefined) spec[key] ??= before[key]
        }
        return
      }
      const { name, value, preemptionPolicy } = priorityOf(attributes, textAt(spec, 'priorityClassName'))
      const given = spec['priority']
      if (typeof given === 'number' && given !== value) {
        throw refused(
          attributes,
          `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
        )
      }
      const policy = textAt(spec, 'preemptionPolicy')
      if (policy !== '' && policy !== preemptionPolicy) {
        throw refused(
          attributes,
          `the string value of PreemptionPolicy (${policy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
        )
      }
      if (name !== '') spec['priorityClassName'] = name
      spec['priority'] = value
      spec['preemptionPolicy'] = preemptionPolicy
    },
    validate(attributes) {
      const { definition, object, operation } = attributes
      if (!isClass(definition) || object?.['globalDefault'] !== true) return
      const name = object.metadata.name ?? ''
      const other = [defaultClass()?.metadata.name, ...coming].find((each) => each !== undefined)
      if (other !== undefined && (operation === 'CREATE' || other !== name)) {
        throw refused(attributes, `PriorityClass ${other} is already marked as default. Only one default can exist`)
      }
      if (attributes.dryRun) return
      coming.add(name)
      return () => coming.delete(name)
    },
  }
}

function read(priorityClass: ApiObject): PodPriority {
  return {
    name: priorityClass.metadata.name ?? '',
    value: numberAt(priorityClass, 'value'),
    preemptionPolicy: textAt(priorityClass, 'preemptionPolicy') || none.preemptionPolicy,
  }
}

function isPod({ group, resource }: AdmissionAttributes['definition']): boolean {
  return group === '' && resource === 'pods'
}

function isClass({ group, resource }: AdmissionAttributes['definition']): boolean {
  return group === 'scheduling.k8s.io' && resource === 'priorityclasses'
}

function refused({ definition, name, object }: AdmissionAttributes, why: string): Error {
  return refusal(definition, name || object?.metadata.generateName || 'Unknown', why)
}
