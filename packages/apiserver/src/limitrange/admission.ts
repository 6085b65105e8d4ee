/** The admission plug-in LimitRanger: containers get a namespace's defaults, and pods and claims keep within its bounds. */

import type { JsonObject } from '@berth/meta'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission/plugin.ts'
import { defaultTo, ensureObject, objectAt, objectsAt, textAt } from '../core/fields.ts'
import { qosClassOf } from '../core/pod-qos.ts'
import { containerAmounts, podAmounts } from '../quota/pod-resources.ts'
import { noUsage, readUsage } from '../quota/usage.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { decodeStored } from '../rest/stored-form.ts'
import { refusal } from '../server/attributes.ts'
import type { Store } from '../storage/store.ts'
import { problemsOf, type Amounts } from './constraints.ts'

export interface LimitRangeAdmissionOptions {
  store: Pick<Store, 'list'>
}

const annotation = 'kubernetes.io/limit-ranger'
const containers = [
  { list: 'containers', words: 'container' },
  { list: 'initContainers', words: 'init container' },
] as const

type Kind = 'pods' | 'persistentvolumeclaims'

export function limitRangeAdmission({ store }: LimitRangeAdmissionOptions): AdmissionPlugin {
  const itemsOf = (namespace: string | undefined): JsonObject[][] =>
    namespace === undefined
      ? []
      : store
          .list('core/limitranges', { prefix: `${namespace}/` })
          .items.map(({ value }) => objectsAt(objectAt(decodeStored(value), 'spec'), 'limits'))
  return {
    name: 'LimitRanger',
    handles: (attributes) => kindOf(attributes) !== undefined,
    mutate(attributes) {
      const { object, namespace } = attributes
      if (object === undefined || kindOf(attributes) !== 'pods') return
      for (const items of itemsOf(namespace)) defaultPod(object, items)
    },
    validate(attributes) {
      const { object, namespace } = attributes
      const kind = kindOf(attributes)
      if (object === undefined || kind === undefined) return
      for (const items of itemsOf(namespace)) {
        const problems = items.flatMap((item) => checks[kind](item, object))
        if (problems.length > 0) throw refused(attributes, problems)
      }
    },
  }
}

/** Pods when they are made (their needs cannot change later, but for a resize), claims at every write. */
function kindOf({ definition, operation, subresource, oldObject }: AdmissionAttributes): Kind | undefined {
  if (definition.group !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined
  // What is on its way out need not fit any more.
  if (oldObject?.metadata.deletionTimestamp !== undefined) return undefined
  if (definition.resource === 'persistentvolumeclaims') return subresource === '' ? 'persistentvolumeclaims' : undefined
  if (definition.resource !== 'pods') return undefined
  const asks = operation === 'CREATE' ? subresource === '' : subresource === 'resize'
  return asks ? 'pods' : undefined
}

function refused({ definition, name, object }: AdmissionAttributes, problems: string[]): Error {
  const [first = '', ...others] = new Set(problems)
  const why = others.length === 0 ? first : `[${[first, ...others].join(', ')}]`
  return refusal(definition, name || object?.metadata.generateName || 'Unknown', why)
}

const checks: Record<Kind, (item: JsonObject, object: ApiObject) => string[]> = {
  pods(item, pod) {
    const spec = objectAt(pod, 'spec')
    const type = textAt(item, 'type')
    if (type === 'Pod') {
      return problemsOf(item, { requests: podAmounts(spec, 'requests'), limits: podAmounts(spec, 'limits') })
    }
    if (type !== 'Container') return []
    return containers.flatMap(({ list }) =>
      objectsAt(spec, list).flatMap((container) => problemsOf(item, amountsOf(container))),
    )
  },
  persistentvolumeclaims(item, claim) {
    if (textAt(item, 'type') !== 'PersistentVolumeClaim') return []
    const resources = objectAt(objectAt(claim, 'spec'), 'resources')
    return problemsOf(item, { requests: readUsage(objectAt(resources, 'requests')), limits: noUsage })
  },
}

function amountsOf(container: JsonObject): Amounts {
  return { requests: containerAmounts(container, 'requests'), limits: containerAmounts(container, 'limits') }
}

/** Fills in what containers leave open, and notes what it filled in. */
function defaultPod(pod: ApiObject, items: JsonObject[]): void {
  const limits: JsonObject = {}
  const requests: JsonObject = {}
  for (const item of items) {
    if (textAt(item, 'type') !== 'Container') continue
    Object.assign(limits, objectAt(item, 'default'))
    Object.assign(requests, objectAt(item, 'defaultRequest'))
  }
  const spec = objectAt(pod, 'spec')
  const notes = containers.flatMap(({ list, words }) =>
    objectsAt(spec, list).flatMap((container) => {
      const whom = `${words} ${textAt(container, 'name')}`
      return [
        ...noted(fill(container, 'requests', requests), `request for ${whom}`),
        ...noted(fill(container, 'limits', limits), `limit for ${whom}`),
      ]
    }),
  )
  if (notes.length === 0) return
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${notes.join('; ')}`,
  }
  // Found from the requests and limits before these were complete.
  const status = objectAt(pod, 'status')
  if (status !== undefined && spec !== undefined) status['qosClass'] = qosClassOf(spec)
}

/** Returns the names of what was filled in. */
function fill(container: JsonObject, key: 'requests' | 'limits', defaults: JsonObject): string[] {
  const names = Object.keys(defaults)
  if (names.length === 0) return []
  const resources = ensureObject(container, 'resources')
  const missing = names.filter((name) => objectAt(resources, key)?.[name] === undefined)
  defaultTo(ensureObject(resources, key), defaults)
  return missing.sort()
}

function noted(names: string[], words: string): string[] {
  return names.length === 0 ? [] : [`${names.join(', ')} ${words}`]
}
