/** ConfigMaps: text in `data`, bytes in `binaryData`, no key in both. */

import { invalidValue, tooLong, utf8Length, type JsonObject, type SchemaSet } from '@berth/meta'
import type { ResourceDefinition, ResourceRules } from '../resource/definition.ts'
import { ageColumn, builtIn } from './built-in.ts'
import { decodedLength, immutableCauses, keyCauses, maxDataBytes } from './data-keys.ts'
import { dropEmpty, objectAt } from './fields.ts'

const rules: ResourceRules = {
  default: (object) => dropEmpty(object, 'data', 'binaryData'),
  validate(object, previous) {
    const data = objectAt(object, 'data')
    const binary = objectAt(object, 'binaryData')
    const causes = [...keyCauses(data, 'data'), ...keyCauses(binary, 'binaryData')]
    for (const key of Object.keys(data ?? {})) {
      if (binary === undefined || !Object.hasOwn(binary, key)) continue
      causes.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    }
    if (sizeOf(data, utf8Length) + sizeOf(binary, decodedLength) > maxDataBytes) causes.push(tooLong('', maxDataBytes))
    return [...causes, ...immutableCauses(object, previous, ['data', 'binaryData'])]
  },
}

function sizeOf(values: JsonObject | undefined, measure: (text: string) => number): number {
  return Object.values(values ?? {}).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? measure(value) : 0),
    0,
  )
}

export function configmaps(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'ConfigMap',
    resource: 'configmaps',
    shortNames: ['cm'],
    namespaced: true,
    columns: [
      {
        name: 'Data',
        type: 'integer',
        value: (object) =>
          Object.keys(objectAt(object, 'data') ?? {}).length + Object.keys(objectAt(object, 'binaryData') ?? {}).length,
      },
      ageColumn,
    ],
    rules,
  })
}
