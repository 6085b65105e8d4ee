/** StorageClasses (storage.k8s.io/v1): how volumes are made. */

import {
  forbiddenValue,
  invalidValue,
  isQualifiedName,
  requiredValue,
  unsupportedValue,
  type KubeObject,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import type { PrinterColumn, ResourceDefinition } from '../resource/definition.ts'
import { ageColumn, builtIn, text } from './built-in.ts'
import { defaultTo, sameContent, textAt } from './fields.ts'

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

export function isDefaultClass(object: KubeObject): boolean {
  return defaultAnnotations.some((name) => object.metadata.annotations?.[name] === 'true')
}

/** Members that clients may choose once, with what is possible. */
const choices = {
  reclaimPolicy: ['Delete', 'Retain'],
  volumeBindingMode: ['Immediate', 'WaitForFirstConsumer'],
} as const

const frozen = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const

const columns: PrinterColumn[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    value: (object) => `${object.metadata.name ?? ''}${isDefaultClass(object) ? ' (default)' : ''}`,
  },
  text('Provisioner', '.provisioner'),
  text('ReclaimPolicy', '.reclaimPolicy'),
  text('VolumeBindingMode', '.volumeBindingMode'),
  { name: 'AllowVolumeExpansion', type: 'boolean', value: (object) => object['allowVolumeExpansion'] === true },
  ageColumn,
]

export function storageclasses(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'storage.v1',
    group: 'storage.k8s.io',
    kind: 'StorageClass',
    resource: 'storageclasses',
    shortNames: ['sc'],
    namespaced: false,
    answersDeleted: true,
    columns,
    rules: {
      default(object) {
        defaultTo(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
      },
      validate(object, previous) {
        const causes: StatusCause[] = []
        const provisioner = textAt(object, 'provisioner')
        if (provisioner === '') causes.push(requiredValue('provisioner'))
        else causes.push(...isQualifiedName(provisioner).map((why) => invalidValue('provisioner', provisioner, why)))
        for (const [field, supported] of Object.entries(choices)) {
          const value = textAt(object, field)
          if (!supported.some((each) => each === value)) causes.push(unsupportedValue(field, value, supported))
        }
        for (const field of previous === undefined ? [] : frozen) {
          if (sameContent(object[field], previous?.[field])) continue
          causes.push(forbiddenValue(field, `updates to ${field} are forbidden.`))
        }
        return causes
      },
    },
  })
}
