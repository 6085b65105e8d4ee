/** Defaults in a schema: they fit it, and hold nothing that would be pruned (apiextensions `ValidateDefaults`). */

import {
  deepClone,
  deepEqual,
  goSyntax,
  isJsonObject,
  prune,
  validate,
  type Json,
  type Schema,
  type StatusCause,
} from '@berth/meta'
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
      causes.push(...checkDefault(at, at.default, { path: `${where}.default`, rules, insideMeta }))
    if (at.items !== undefined) walk(at.items, `${where}.items`, insideMeta)
    const whole = at === schema || at.embeddedResource === true
    for (const [name, each] of Object.entries(at.properties ?? {})) {
      const meta = whole && ['metadata', 'apiVersion', 'kind'].includes(name)
      walk(each, `${where}.properties[${name}]`, insideMeta || meta)
    }
  }
  walk(schema, path, false)
}

function checkDefault(
  schema: Schema,
  value: Json,
  { path, rules, insideMeta }: { path: string; rules: SchemaRules; insideMeta: boolean },
): StatusCause[] {
  const unpruned: StatusCause[] = []
  if (!insideMeta && isJsonObject(value)) {
    const pruned = deepClone(value)
    // A wrapper: the value is a part of an object, and its own `metadata` is no metadata unless it is embedded.
    prune({ value: pruned }, { type: 'object', properties: { value: schema } }, {})
    if (!deepEqual(pruned, value)) {
      const message = `Invalid value: ${goSyntax(value)}: must not have unknown fields`
      unpruned.push({ reason: 'FieldValueInvalid', field: path, message })
    }
  }
  const found = validate(value, schema, {}, { whole: false, lists: false })
  if (found.length > 0) return [...unpruned, ...found.map((cause) => ({ ...cause, ...placed(cause, path) }))]
  return [...unpruned, ...rules.evaluate({ schema, schemas: {}, object: value, oldObject: undefined, path })]
}

/** Causes name places within the default; messages keep the short path, as kube-apiserver's do. */
function placed(cause: StatusCause, path: string): StatusCause {
  if (cause.field === '<nil>') return {}
  const below = cause.field ?? ''
  return { field: below === '' ? path : `${path}.${below}` }
}
