/** What an object of a custom kind must fulfil, in kube-apiserver's order: schema, replicas, lists, rules. */

import {
  duplicatesIn,
  invalidValue,
  isJsonObject,
  ownMember,
  validate,
  type Json,
  type JsonObject,
  type Schema,
  type StatusCause,
} from '@berth/meta'
import type { InstanceWrite, ScalePaths } from '../resource/definition.ts'
import { embeddedCauses } from './embedded.ts'
import type { SchemaRules } from './rules-port.ts'

export interface InstanceChecks {
  schema: Schema
  /** Whether the status is a subresource. */
  status: boolean
  scale: ScalePaths | undefined
  rules: SchemaRules
}

/** Causes that leave the shape of the object open, so that rules could not be asked. */
const blocking = new Set(['FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid'])

export function checkInstance(write: InstanceWrite, checks: InstanceChecks): StatusCause[] {
  const { object, previous, part } = write
  const { schema, scale, rules } = checks
  const causes =
    part === 'status' ? statusCauses(write, schema) : validate(object, schema, {}, { previous, lists: false })
  if (scale !== undefined) causes.push(...replicaCauses(object, scale, part))
  for (const cause of embeddedCauses(object, schema)) causes.push(cause)
  // Whoever stored duplicates under an older schema may go on until they are gone.
  if (previous === undefined || duplicatesIn(previous, schema, {}).length === 0) {
    for (const cause of duplicatesIn(object, schema, {})) causes.push(cause)
  }
  if (!hasRules(schema)) return causes
  if (causes.some((cause) => blocking.has(cause.reason ?? ''))) return [...causes, unchecked]
  const broken = rules.evaluate({ schema, schemas: {}, object, oldObject: previous })
  // A rule of the whole object is about no field.
  return [...causes, ...broken.map((cause) => (cause.field === '' ? { ...cause, field: '<nil>' } : cause))]
}

const unchecked: StatusCause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
}

const withRules = new WeakMap<Schema, boolean>()

/** Whether any part of the schema has rules; asked at every write, found once. */
export function hasRules(schema: Schema): boolean {
  const known = withRules.get(schema)
  if (known !== undefined) return known
  const found =
    (schema.validations?.length ?? 0) > 0 ||
    (schema.items !== undefined && hasRules(schema.items)) ||
    (schema.additionalProperties !== undefined && hasRules(schema.additionalProperties)) ||
    Object.values(schema.properties ?? {}).some((each) => hasRules(each))
  withRules.set(schema, found)
  return found
}

/** Of a status write only the status is looked at, and messages name places within it. */
function statusCauses({ object, previous }: InstanceWrite, schema: Schema): StatusCause[] {
  const status = object['status']
  const declared = schema.properties?.['status']
  if (status === undefined || declared === undefined) return []
  const before: Json | undefined = previous?.['status']
  return validate(status, declared, {}, { previous: before, lists: false, whole: false }).map((cause) => {
    const field = cause.field ?? ''
    return cause.field === '<nil>' ? cause : { ...cause, field: field === '' ? 'status' : `status.${field}` }
  })
}

const maxReplicas = 2 ** 31 - 1

function replicaCauses(object: JsonObject, scale: ScalePaths, part: InstanceWrite['part']): StatusCause[] {
  const paths = part === 'status' ? [scale.statusReplicasPath] : [scale.specReplicasPath, scale.statusReplicasPath]
  const causes = paths.flatMap((path) => {
    const found = valueAt(object, path)
    if ('causes' in found) return found.causes.map((why) => invalidValue(path, 0, why))
    const value = found.value ?? 0
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      return [invalidValue(path, 0, accessError(path, value, 'int64'))]
    }
    if (value < 0) return [invalidValue(path, value, 'should be a non-negative integer')]
    if (value > maxReplicas) return [invalidValue(path, value, `should be less than or equal to ${maxReplicas}`)]
    return []
  })
  const selectorPath = scale.labelSelectorPath ?? ''
  if (selectorPath === '') return causes
  const found = valueAt(object, selectorPath)
  if ('causes' in found) causes.push(...found.causes.map((why) => invalidValue(selectorPath, '', why)))
  else if (found.value !== undefined && typeof found.value !== 'string') {
    causes.push(invalidValue(selectorPath, '', accessError(selectorPath, found.value, 'string')))
  }
  return causes
}

/** The value at a simple path; what is no object on the way there cannot be gone into. */
function valueAt(object: JsonObject, path: string): { value: Json | undefined } | { causes: string[] } {
  let at: Json | undefined = object
  for (const step of path.split('.').slice(1)) {
    if (at === undefined) return { value: undefined }
    if (!isJsonObject(at)) return { causes: [accessError(path, at, 'map[string]interface{}')] }
    at = ownMember(at, step)
  }
  return { value: at }
}

/** As apimachinery's accessors of unstructured objects word it. */
function accessError(path: string, value: Json, expected: string): string {
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return `${path} accessor error: ${shown} is of the type ${goType(value)}, expected ${expected}`
}

function goType(value: Json): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'string' ? 'string' : 'map[string]interface {}'
}
