/** Defaults in a schema: they fit it, and hold nothing that would be pruned (apiextensions `ValidateDefaults`). */

import {
  deepClone,
  deepEqual,
  goSyntax,
  isJsonObject,
  prune,
  validate,
  type Json,
  type JsonObject,
  type Schema,
  type StatusCause,
} from '@berth/meta'
import { embeddedCauses } from './embedded.ts'
import type { SchemaRules } from './rules-port.ts'

export interface DefaultOptions {
  path: string
  rules: SchemaRules
  causes: StatusCause[]
}

/** @param schema of a whole object; what was found is added to `causes` */
export function defaultCauses(schema: Schema, { path, rules, causes }: DefaultOptions): void {
  const walk = (at: Schema, where: string, insideMeta: boolean): void => {
    if (at.default !== undefined)
      causes.push(
        ...checkDefault(at, at.default, { path: `${where}.default`, rules, insideMeta, whole: at === schema }),
      )
    if (at.items !== undefined) walk(at.items, `${where}.items`, insideMeta)
    const whole = at === schema || at.embeddedResource === true
    for (const [name, each] of Object.entries(at.properties ?? {})) {
      const meta = whole && ['metadata', 'apiVersion', 'kind'].includes(name)
      walk(each, `${where}.properties[${name}]`, insideMeta || meta)
    }
  }
  walk(schema, path, false)
}

interface DefaultPlace {
  path: string
  rules: SchemaRules
  insideMeta: boolean
  /** The default of a whole object. */
  whole: boolean
}

function checkDefault(schema: Schema, value: Json, { path, rules, insideMeta, whole }: DefaultPlace): StatusCause[] {
  const unpruned: StatusCause[] = []
  if (!insideMeta && isJsonObject(value)) {
    if (hasUnknown(value, schema, whole)) {
      const message = `Invalid value: ${goSyntax(value)}: must not have unknown fields`
      unpruned.push({ reason: 'FieldValueInvalid', field: path, message })
    }
    const embedded = embeddedCauses(
      { value },
      { properties: { value: { ...schema, embeddedResource: whole || schema.embeddedResource === true } } },
    )
    unpruned.push(...embedded.map((cause) => ({ ...cause, field: (cause.field ?? '').replace(/^value/, path) })))
  }
  const found = validate(value, schema, {}, { whole: false, lists: false })
  if (found.length > 0) return [...unpruned, ...found.map((cause) => ({ ...cause, ...placed(cause, path) }))]
  return [...unpruned, ...rules.evaluate({ schema, schemas: {}, object: value, oldObject: undefined, path })]
}

function hasUnknown(value: JsonObject, schema: Schema, whole: boolean): boolean {
  const { metadata, ...content } = value
  // Metadata of a whole object is no matter of its schema; anywhere else it is a field like any other.
  const looked = whole || metadata === undefined ? content : value
  const pruned = deepClone(looked)
  if (whole) prune(pruned, schema, {})
  else prune({ value: pruned }, { type: 'object', properties: { value: schema } }, {})
  return !deepEqual(pruned, looked)
}

/** Causes name places within the default; messages keep the short path, as kube-apiserver's do. */
function placed(cause: StatusCause, path: string): StatusCause {
  if (cause.field === '<nil>') return {}
  const below = cause.field ?? ''
  return { field: below === '' ? path : `${path}.${below}` }
}
