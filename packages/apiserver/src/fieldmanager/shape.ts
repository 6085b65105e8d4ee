/** What a schema says of a value for server-side apply: one thing, or made of parts that different managers may own. */

import { isJsonObject, memberSchema, resolveSchema, type Json, type Schema, type SchemaSet } from '@berth/meta'
import { fieldElement } from './path-element.ts'

export interface ShapeContext {
  schemas: SchemaSet
  /** Free-form objects of built-in kinds are owned member by member, each member as a whole; custom kinds' at every level. */
  builtIn: boolean
}

/**
 * `undefined`: nothing is known, as inside of free-form fields. `whole`: nothing is known and it is not taken apart.
 */
export type Known = Schema | 'whole' | undefined

export type Shape = { kind: 'leaf' } | { kind: 'list'; schema: Schema } | { kind: 'map'; member(key: string): Member }

export interface Member {
  /** What it is called in a set of fields. */
  element: string
  schema: Known
  /** Declared as a field of an object, as opposed to a key of a map or an unknown one. */
  declared: boolean
  /** Not known, and unknown ones have no place here. */
  unknown: boolean
}

const leafShape: Shape = { kind: 'leaf' }
const freeMap: Shape = {
  kind: 'map',
  member: (key) => ({ element: fieldElement(key), schema: undefined, declared: false, unknown: false }),
}

/** How a value, which is a list or an object, is taken apart. */
export function shapeOf(value: Json, known: Known, context: ShapeContext, isObject: boolean): Shape {
  if (typeof value !== 'object' || value === null || known === 'whole') return leafShape
  if (known === undefined) return isJsonObject(value) ? freeMap : leafShape
  const schema = resolveSchema(known, context.schemas)
  if (Array.isArray(value)) {
    const listType = known.listType ?? schema.listType
    if (listType !== 'map' && listType !== 'set') return leafShape
    return { kind: 'list', schema: known === schema ? schema : { ...schema, ...known, listType } }
  }
  if (schema.format === 'quantity' || schema.intOrString === true) return leafShape
  // A field may say other than the type it refers to (a volume's claimRef is granular).
  if ((known.mapType ?? schema.mapType) === 'atomic') return leafShape
  return {
    kind: 'map',
    member: (key) => memberOf(schema, key, { context, isObject: isObject || schema.embeddedResource === true }),
  }
}

/** The members a schema declares, by name: every write asks for them again. */
type Declared = Map<string, Member>
const inObjects = new WeakMap<Schema, Declared>()
const inParts = new WeakMap<Schema, Declared>()

function declaredIn(schema: Schema, isObject: boolean): Declared {
  const all = isObject ? inObjects : inParts
  let found = all.get(schema)
  if (found === undefined) all.set(schema, (found = new Map()))
  return found
}

function memberOf(
  schema: Schema,
  key: string,
  { context, isObject }: { context: ShapeContext; isObject: boolean },
): Member {
  const members = declaredIn(schema, isObject)
  const found = members.get(key)
  if (found !== undefined) return found
  const member = memberIn(schema, key, { context, isObject })
  // Names that clients make up are not kept.
  if (member.declared) members.set(key, member)
  return member
}

function memberIn(
  schema: Schema,
  key: string,
  { context, isObject }: { context: ShapeContext; isObject: boolean },
): Member {
  const element = fieldElement(key)
  const { properties } = schema
  const known = memberSchema(schema, key, isObject)
  const declared =
    (properties !== undefined && Object.hasOwn(properties, key)) ||
    (isObject && (key === 'metadata' || key === 'apiVersion' || key === 'kind'))
  if (known !== undefined) return { element, schema: known, declared, unknown: false }
  if (schema.preserveUnknownFields === true) {
    return { element, schema: context.builtIn ? 'whole' : undefined, declared: false, unknown: false }
  }
  const closed = schema.type === 'object' || properties !== undefined
  return { element, schema: context.builtIn ? 'whole' : undefined, declared: false, unknown: closed }
}
