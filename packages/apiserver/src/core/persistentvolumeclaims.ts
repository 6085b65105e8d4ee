/** PersistentVolumeClaims: a wish for storage. */

import {
  compareQuantities,
  deepClone,
  forbiddenValue,
  invalidValue,
  isDns1123Subdomain,
  isJsonObject,
  parseQuantity,
  requiredValue,
  unsupportedValue,
  type Json,
  type JsonObject,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import { selectorCauses } from '../admission/kinds/selector-causes.ts'
import type { PrinterColumn, ResourceDefinition } from '../resource/definition.ts'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import { accessModeCauses, accessModesText, volumeModes } from './access-modes.ts'
import { ageColumn, builtIn, text, type CoreObject } from './built-in.ts'
import { defaultTo, ensureObject, objectAt, sameContent, textAt, textsAt, without } from './fields.ts'
import { isDefaultClass } from './storageclasses.ts'

/** The newest class marked as default (admission plugin DefaultStorageClass). */
function defaultClass(store: Pick<Store, 'list'>): string | undefined {
  const classes = store
    .list('storage.k8s.io/storageclasses')
    .items.map((item) => decodeStored(item.value))
    .filter(isDefaultClass)
    .sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1))
  return classes[0]?.metadata.name
}

function requested(spec: JsonObject | undefined): string | undefined {
  return quantityText(objectAt(objectAt(spec, 'resources'), 'requests')?.['storage'])
}

/** The text when it is a quantity; others are the schema's business. */
function quantityText(value: Json | undefined): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  try {
    parseQuantity(text)
    return text
  } catch {
    return undefined
  }
}

function createCauses(spec: JsonObject): StatusCause[] {
  const causes = accessModeCauses(textsAt(spec, 'accessModes'))
  const storage = requested(spec)
  if (storage === undefined) causes.push(requiredValue('spec.resources[storage]'))
  else if (parseQuantity(storage).nanos <= 0n) {
    causes.push(invalidValue('spec.resources[storage]', storage, 'must be greater than zero'))
  }
  const mode = textAt(spec, 'volumeMode')
  if (!volumeModes.includes(mode)) causes.push(unsupportedValue('spec.volumeMode', mode, volumeModes))
  return causes
}

function updateCauses(object: CoreObject, previous: CoreObject): StatusCause[] {
  const spec = objectAt(object, 'spec') ?? {}
  const before = objectAt(previous, 'spec') ?? {}
  const free = ['resources', 'volumeAttributesClassName']
  // Binding names the volume; a class may still be filled in as long as there is none.
  if (textAt(before, 'volumeName') === '') free.push('volumeName')
  if (before['storageClassName'] === undefined) free.push('storageClassName')
  if (!sameContent(without(spec, ...free), without(before, ...free))) {
    return [
      forbiddenValue(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    ]
  }
  const wanted = requested(spec)
  const had = requested(before)
  const status = objectAt(previous, 'status')
  const capacity = quantityText(objectAt(status, 'capacity')?.['storage'])
  if (wanted === undefined) return [requiredValue('spec.resources[storage]')]
  if (had === undefined || wanted === had) return []
  if (compareQuantities(wanted, had) < 0 && (capacity === undefined || compareQuantities(wanted, capacity) < 0)) {
    return [forbiddenValue('spec.resources.requests.storage', 'field can not be less than status.capacity')]
  }
  return []
}

function classCauses(spec: JsonObject): StatusCause[] {
  const name = textAt(spec, 'storageClassName')
  if (name === '') return []
  return isDns1123Subdomain(name).map((problem) => invalidValue('spec.storageClassName', name, problem))
}

function statusText(claim: CoreObject): string {
  return claim.metadata.deletionTimestamp === undefined ? textAt(objectAt(claim, 'status'), 'phase') : 'Terminating'
}

/** Size and modes are what the claim got, so an unbound one shows none. */
function capacityText(claim: CoreObject): string {
  if (textAt(objectAt(claim, 'spec'), 'volumeName') === '') return ''
  return textAt(objectAt(objectAt(claim, 'status'), 'capacity'), 'storage')
}

const columns: PrinterColumn[] = [
  text('Status', statusText),
  text('Volume', (claim) => textAt(objectAt(claim, 'spec'), 'volumeName')),
  text('Capacity', capacityText),
  text('Access Modes', (claim) =>
    textAt(objectAt(claim, 'spec'), 'volumeName') === ''
      ? ''
      : accessModesText(textsAt(objectAt(claim, 'status'), 'accessModes')),
  ),
  text('StorageClass', (claim) => textAt(objectAt(claim, 'spec'), 'storageClassName')),
  text('VolumeAttributesClass', (claim) => textAt(objectAt(claim, 'spec'), 'volumeAttributesClassName') || '<unset>'),
  ageColumn,
  text('VolumeMode', (claim) => textAt(objectAt(claim, 'spec'), 'volumeMode') || '<unset>', 1),
]

export function persistentvolumeclaims(schemas: SchemaSet, store: Pick<Store, 'list'>): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'PersistentVolumeClaim',
    resource: 'persistentvolumeclaims',
    shortNames: ['pvc'],
    namespaced: true,
    status: true,
    generation: false,
    answersDeleted: true,
    columns,
    rules: {
      default(claim, previous) {
        const spec = ensureObject(claim, 'spec')
        defaultTo(spec, { volumeMode: 'Filesystem' })
        // Claims stored with one form alone keep it: their spec cannot change.
        if (previous === undefined || objectAt(previous, 'spec')?.['dataSourceRef'] !== undefined) sameSource(spec)
        if (previous !== undefined) return
        claim['status'] = { phase: 'Pending' }
        // An empty class is a choice: no dynamic provisioning.
        const name = spec['storageClassName'] === undefined ? defaultClass(store) : undefined
        if (name !== undefined) spec['storageClassName'] = name
      },
      completeStatus: (claim) => defaultTo(ensureObject(claim, 'status'), { phase: 'Pending' }),
      validate(claim, previous) {
        const causes =
          previous === undefined ? createCauses(objectAt(claim, 'spec') ?? {}) : updateCauses(claim, previous)
        const spec = objectAt(claim, 'spec') ?? {}
        return [...causes, ...selectorCauses(spec, 'selector', 'spec'), ...classCauses(spec)]
      },
    },
  })
}

/** Two generations of one field; who fills in one of them means both, as long as it is nothing of another namespace. */
function sameSource(spec: JsonObject): void {
  const { dataSource, dataSourceRef } = spec
  if (dataSource !== undefined && dataSourceRef === undefined) spec['dataSourceRef'] = deepClone(dataSource)
  if (dataSource !== undefined || !isJsonObject(dataSourceRef) || textAt(dataSourceRef, 'namespace') !== '') return
  spec['dataSource'] = deepClone(dataSourceRef)
}
