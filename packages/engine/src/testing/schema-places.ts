/** Every place that a kind's schema knows, and objects with something else there. */

import { isJsonObject, type Json, type JsonObject, type Schema, type SchemaSet } from '@berth/meta'

/** From an object's root: names of members, `0` for a list's item, `key` for a map's. */
export type Place = readonly Step[]
interface Step {
  name: string
  /** What the schema says of the value there. */
  schema: Schema
}

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
/** A schema that holds itself is followed this often. */
const rounds = 1

export function* placesOf(schema: Schema, set: SchemaSet, above: Place = []): Generator<Place> {
  const { ref } = schema
  if (ref !== undefined && above.slice(0, -1).filter((step) => step.schema.ref === ref).length > rounds) return
  for (const [name, member] of membersOf(resolved(schema, set), above.at(-1)?.name, set)) {
    const place = [...above, { name, schema: member }]
    yield place
    yield* placesOf(member, set, place)
  }
}

/** A copy of `object` with `value` at the place, and the least around it that the schema asks for. */
export function withValueAt(object: JsonObject, place: Place, value: Json, set: SchemaSet): JsonObject {
  const root = structuredClone(object)
  let holder: Json = root
  place.forEach(({ name, schema }, depth) => {
    const last = depth === place.length - 1
    holder = enter(holder, name, last ? () => structuredClone(value) : () => leastOf(schema, set), last)
  })
  return root
}

export function textOf(place: Place): string {
  return place.map(({ name }) => name).join('.')
}

/** @returns what the holder has under the name, made when it has nothing there or `replace` is set */
function enter(holder: Json, name: string, make: () => Json, replace: boolean): Json {
  if (Array.isArray(holder)) {
    if (replace || holder.length === 0) holder[0] = make()
    return holder[0] ?? null
  }
  if (!isJsonObject(holder)) throw new Error(`nothing can be put below ${JSON.stringify(holder)}`)
  if (replace || holder[name] === undefined) holder[name] = make()
  return holder[name] ?? null
}

function resolved(schema: Schema, set: SchemaSet): Schema {
  return schema.ref === undefined ? schema : { ...set[schema.ref], ...schema }
}

function membersOf(schema: Schema, name: string | undefined, set: SchemaSet): [string, Schema][] {
  const { properties, items, additionalProperties, preserveUnknownFields } = schema
  if (properties !== undefined) return Object.entries(properties)
  if (items !== undefined) return [['0', items]]
  if (additionalProperties !== undefined) return [['key', additionalProperties]]
  if (preserveUnknownFields !== true) return []
  return name === 'metadata' ? Object.entries(set[objectMeta]?.properties ?? {}) : [['anything', {}]]
}

const byFormat: Readonly<Record<string, string>> = {
  quantity: '1Gi',
  'date-time': '2026-01-01T00:00:00Z',
  byte: 'YQ==',
  duration: '5s',
}

function leastOf(schema: Schema, set: SchemaSet): Json {
  const { type, format, properties, required, default: usual, enum: choices } = resolved(schema, set)
  if (usual !== undefined) return structuredClone(usual)
  if (choices?.[0] !== undefined) return choices[0]
  switch (type) {
    case 'boolean':
      return true
    case 'integer':
    case 'number':
      return 1
    case 'string':
      return byFormat[format ?? ''] ?? 'a'
    case 'array':
      return []
    case 'object':
    case undefined:
      return Object.fromEntries((required ?? []).map((name) => [name, leastOf(properties?.[name] ?? {}, set)]))
  }
}
