/** Secrets: `stringData` folds into `data`; some types promise certain keys. */

import {
  invalidValue,
  requiredValue,
  setOwn,
  tooLong,
  type JsonObject,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import type { ResourceDefinition, ResourceRules } from '../resource/definition.ts'
import { ageColumn, builtIn, text } from './built-in.ts'
import { decodedLength, immutableCauses, keyCauses, maxDataBytes } from './data-keys.ts'
import { defaultTo, dropEmpty, ensureObject, objectAt, textAt } from './fields.ts'

/** Keys a type requires: all of the first list, at least one of the second. */
const requiredKeys: Record<string, { all?: string[]; any?: string[] }> = {
  'kubernetes.io/tls': { all: ['tls.crt', 'tls.key'] },
  'kubernetes.io/dockercfg': { all: ['.dockercfg'] },
  'kubernetes.io/dockerconfigjson': { all: ['.dockerconfigjson'] },
  'kubernetes.io/basic-auth': { any: ['username', 'password'] },
  'kubernetes.io/ssh-auth': { all: ['ssh-privatekey'] },
}

const accountAnnotation = 'kubernetes.io/service-account.name'

const rules: ResourceRules = {
  default(object) {
    defaultTo(object, { type: 'Opaque' })
    dropEmpty(object, 'data')
    const plain = Object.entries(objectAt(object, 'stringData') ?? {})
    const encoded = plain.flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, Buffer.from(value).toString('base64')] as const] : [],
    )
    // What is not text stays, for the schema to refuse.
    if (encoded.length < plain.length || !Object.hasOwn(object, 'stringData')) return
    delete object['stringData']
    if (encoded.length === 0) return
    const data = ensureObject(object, 'data')
    for (const [key, value] of encoded) setOwn(data, key, value)
  },
  validate(object, previous) {
    const data = objectAt(object, 'data')
    const causes = keyCauses(data, 'data')
    const size = Object.values(data ?? {}).reduce<number>(
      (sum, value) => sum + (typeof value === 'string' ? decodedLength(value) : 0),
      0,
    )
    if (size > maxDataBytes) causes.push(tooLong('data', maxDataBytes))
    causes.push(...typeCauses(object, data))
    if (previous !== undefined && textAt(object, 'type') !== textAt(previous, 'type')) {
      causes.push(invalidValue('type', textAt(object, 'type'), 'field is immutable'))
    }
    return [...causes, ...immutableCauses(object, previous, ['data'])]
  },
}

function typeCauses(
  object: Parameters<NonNullable<ResourceRules['validate']>>[0],
  data: JsonObject | undefined,
): StatusCause[] {
  const type = textAt(object, 'type')
  if (type === 'kubernetes.io/service-account-token') {
    const account = object.metadata.annotations?.[accountAnnotation] ?? ''
    return account === '' ? [requiredValue(`metadata.annotations[${accountAnnotation}]`)] : []
  }
  const required = requiredKeys[type]
  const has = (key: string): boolean => data !== undefined && Object.hasOwn(data, key)
  const missing = (required?.all ?? []).filter((key) => !has(key))
  const any = required?.any
  if (any !== undefined && !any.some(has)) missing.push(...any)
  return missing.map((key) => requiredValue(`data[${key}]`))
}

export function secrets(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'Secret',
    resource: 'secrets',
    namespaced: true,
    columns: [
      text('Type', '.type'),
      { name: 'Data', type: 'integer', value: (object) => Object.keys(objectAt(object, 'data') ?? {}).length },
      ageColumn,
    ],
    selectableFields: { type: '.type' },
    rules,
  })
}
