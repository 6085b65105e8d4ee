/** JSON as values of the types its schema declares, read in place. */

import {
  isJsonObject,
  ownMember,
  resolveSchema,
  type Json,
  type JsonObject,
  type Schema,
  type SchemaSet,
} from '@berth/meta'
import { parseDateText, parseDurationText, parseTimestampText } from '../library/time-text.ts'
import {
  CelDuration,
  CelFailure,
  CelList,
  CelMap,
  CelTimestamp,
  type CelOutcome,
  type CelValue,
  type ListCorrelation,
} from '../values.ts'
import { resourceSchema } from './declare.ts'
import { escapeName } from './names.ts'

/** Fields of an object schema by their names in expressions. */
interface Field {
  readonly name: string
  readonly schema: Schema
}

const fieldTables = new WeakMap<Schema, ReadonlyMap<string, Field>>()

function fieldsOf(schema: Schema): ReadonlyMap<string, Field> {
  const known = fieldTables.get(schema)
  if (known !== undefined) return known
  const fields = new Map<string, Field>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeName(name)
    if (escaped !== undefined) fields.set(escaped, { name, schema: property })
  }
  fieldTables.set(schema, fields)
  return fields
}

class SchemaObject extends CelMap {
  readonly #object: JsonObject
  readonly #schema: Schema
  readonly #schemas: SchemaSet

  constructor(object: JsonObject, schema: Schema, schemas: SchemaSet) {
    super()
    this.#object = object
    this.#schema = schema
    this.#schemas = schemas
  }
  get size(): number {
    return Object.keys(this.#object).length
  }
  get(key: CelValue): CelOutcome | undefined {
    const field = typeof key === 'string' ? fieldsOf(this.#schema).get(key) : undefined
    if (field === undefined) return undefined
    const value = ownMember(this.#object, field.name)
    return value === undefined ? undefined : valueOfSchema(value, field.schema, this.#schemas)
  }
  *keys(): Iterable<CelValue> {
    for (const [escaped, { name }] of fieldsOf(this.#schema)) if (Object.hasOwn(this.#object, name)) yield escaped
  }
}

class SchemaMap extends CelMap {
  readonly #object: JsonObject
  readonly #values: Schema
  readonly #schemas: SchemaSet
  #size: number | undefined

  constructor(object: JsonObject, values: Schema, schemas: SchemaSet) {
    super()
    this.#object = object
    this.#values = values
    this.#schemas = schemas
  }
  get size(): number {
    this.#size ??= Object.keys(this.#object).length
    return this.#size
  }
  get(key: CelValue): CelOutcome | undefined {
    const value = typeof key === 'string' ? ownMember(this.#object, key) : undefined
    return value === undefined ? undefined : valueOfSchema(value, this.#values, this.#schemas)
  }
  keys(): Iterable<CelValue> {
    return Object.keys(this.#object)
  }
}

class SchemaList extends CelList {
  readonly #items: readonly Json[]
  readonly #element: Schema
  readonly #schemas: SchemaSet
  readonly #correlation: ListCorrelation | undefined

  constructor(items: readonly Json[], schema: Schema, schemas: SchemaSet) {
    super()
    this.#items = items
    this.#element = schema.items ?? {}
    this.#schemas = schemas
    this.#correlation = correlationOf(schema)
  }
  get length(): number {
    return this.#items.length
  }
  at(index: number): CelValue {
    const value = valueOfSchema(this.#items[index] ?? null, this.#element, this.#schemas)
    return value instanceof CelFailure ? null : value
  }
  override get correlation(): ListCorrelation | undefined {
    return this.#correlation
  }
}

/** A scalar as text that no other scalar has. */
function scalarKey(value: CelOutcome | undefined): string {
  if (value === undefined || value instanceof CelFailure) return ''
  return typeof value === 'object' && value !== null ? 'object' : `${typeof value}:${String(value)}`
}

const setCorrelation: ListCorrelation = { keyOf: scalarKey }

const correlations = new WeakMap<Schema, ListCorrelation>()

function correlationOf(schema: Schema): ListCorrelation | undefined {
  if (schema.listType === 'set') return setCorrelation
  if (schema.listType !== 'map') return undefined
  const known = correlations.get(schema)
  if (known !== undefined) return known
  const keys = (schema.listMapKeys ?? []).flatMap((key) => escapeName(key) ?? [])
  const made: ListCorrelation = {
    keyOf: (element) =>
      element instanceof CelMap ? JSON.stringify(keys.map((key) => scalarKey(element.get(key)))) : scalarKey(element),
  }
  correlations.set(schema, made)
  return made
}

function textValue(text: string, format: string | undefined): CelOutcome {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (format) {
    case 'duration': {
      const nanos = parseDurationText(text)
      return nanos === undefined ? new CelFailure(`Invalid duration ${text}`) : new CelDuration(nanos)
    }
    case 'date': {
      const nanos = parseDateText(text)
      return nanos === undefined ? new CelFailure(`Invalid date formatted string ${text}`) : new CelTimestamp(nanos)
    }
    case 'date-time': {
      const nanos = parseTimestampText(text)
      return nanos === undefined
        ? new CelFailure(`Invalid date-time formatted string ${text}`)
        : new CelTimestamp(nanos)
    }
    case 'byte':
      return Uint8Array.from(Buffer.from(text, 'base64'))
    default:
      return text
  }
}

/** A whole number that JSON gave; past the exact integers of JavaScript it is what the server keeps of it. */
const integerValue = (value: number): CelOutcome =>
  Number.isInteger(value) ? BigInt(value) : new CelFailure('invalid data, expected int, got float64')

function objectValue(value: JsonObject, schema: Schema, schemas: SchemaSet): CelValue {
  if (schema.embeddedResource === true) return new SchemaObject(value, resourceSchema(schema), schemas)
  return schema.properties === undefined && schema.additionalProperties !== undefined
    ? new SchemaMap(value, schema.additionalProperties, schemas)
    : new SchemaObject(value, schema, schemas)
}

/** A JSON value as its schema types it; a failure where it does not fit the schema. */
export function valueOfSchema(value: Json, given: Schema, schemas: SchemaSet): CelOutcome {
  const schema = given.ref === undefined ? given : resolveSchema(given, schemas)
  if (value === null) {
    const nullable = given.nullable === true || schema.nullable === true
    return nullable ? null : new CelFailure('invalid data, got null for schema with nullable=false')
  }
  if (schema.intOrString === true) {
    if (typeof value === 'string') return value
    return typeof value === 'number'
      ? integerValue(value)
      : new CelFailure('invalid data, expected XIntOrString value to be either a string or integer')
  }
  switch (schema.type) {
    case 'object':
      if (isJsonObject(value)) return objectValue(value, schema, schemas)
      break
    case 'array':
      if (Array.isArray(value)) return new SchemaList(value, schema, schemas)
      break
    case 'string':
      if (typeof value === 'string') return textValue(value, schema.format)
      break
    case 'number':
      if (typeof value === 'number') return value
      break
    case 'integer':
      if (typeof value === 'number') return integerValue(value)
      break
    case 'boolean':
      if (typeof value === 'boolean') return value
      break
    case undefined:
      break
  }
  return new CelFailure(`invalid data, expected ${schema.type ?? 'a type'}`)
}
