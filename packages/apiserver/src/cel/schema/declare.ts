/** The CEL types of schemas, with the sizes that values of them may have in one request. */

import { resolveSchema, type Schema, type SchemaSet } from '@berth/meta'
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  objectType,
  stringType,
  timestampType,
  type CelType,
} from '../types.ts'
import { escapeName } from './names.ts'

/** A type with how large its values can be (Kubernetes' `DeclType`). */
export interface DeclaredType {
  readonly type: CelType
  /** Characters of text, elements of lists and maps; 0 where there is nothing to count. */
  readonly maxElements: number
  /** Bytes of the shortest JSON of a value. */
  readonly minBytes: number
  /** By their names in expressions. */
  readonly fields?: ReadonlyMap<string, DeclaredType>
  readonly key?: DeclaredType
  readonly element?: DeclaredType
}

/** The largest request that Kubernetes takes. */
export const maxRequestBytes = 3 * 1024 * 1024
const maxText = maxRequestBytes - 2

const textKey: DeclaredType = { type: stringType, maxElements: 0, minBytes: 2 }
const simple = (type: CelType, minBytes: number, maxElements = 0): DeclaredType => ({ type, minBytes, maxElements })

const textFormats: Readonly<Record<string, DeclaredType>> = {
  duration: simple(durationType, 3, 32),
  date: simple(timestampType, 12, 12),
  'date-time': simple(timestampType, 21, 32),
}

function textTypeOf(schema: Schema): DeclaredType {
  const { format, maxLength } = schema
  const known = format !== undefined && Object.hasOwn(textFormats, format) ? textFormats[format] : undefined
  if (known !== undefined) return known
  if (format === 'byte') return simple(bytesType, 2, maxLength === undefined ? maxText : Math.max(0, maxLength))
  // maxLength counts characters, which may have four bytes each.
  if (maxLength !== undefined) return simple(stringType, 2, Math.max(0, maxLength) * 4)
  const { enum: values } = schema
  if (values === undefined || values.length === 0) return simple(stringType, 2, maxText)
  const lengths = values.map((value) => (typeof value === 'string' ? new TextEncoder().encode(value).length : 0))
  return simple(
    stringType,
    2,
    lengths.reduce((longest, length) => Math.max(longest, length), 0),
  )
}

const resourceSchemas = new WeakMap<Schema, Schema>()
const textSchema: Schema = { type: 'string' }

/** The schema of a whole object: names and type of it can always be read, and nothing else of its metadata. */
export function resourceSchema(schema: Schema): Schema {
  const known = resourceSchemas.get(schema)
  if (known !== undefined) return known
  const made: Schema = {
    ...schema,
    properties: {
      ...schema.properties,
      kind: textSchema,
      apiVersion: textSchema,
      metadata: { type: 'object', properties: { name: textSchema, generateName: textSchema } },
    },
  }
  resourceSchemas.set(schema, made)
  return made
}

interface Context {
  readonly schemas: SchemaSet
  /** Named schemas that are being declared, or are declared already. */
  readonly named: Map<string, DeclaredType | undefined>
  readonly open: Set<string>
}

function declareList(schema: Schema, name: string, context: Context): DeclaredType | undefined {
  const element = schema.items === undefined ? undefined : declare(schema.items, `${name}.@idx`, context)
  if (element === undefined) return undefined
  const most =
    schema.maxItems === undefined ? Math.trunc(maxText / (element.minBytes + 1)) : Math.max(0, schema.maxItems)
  return { type: listType(element.type), maxElements: most, minBytes: 2, element }
}

function declareMap(values: Schema, schema: Schema, name: string, context: Context): DeclaredType | undefined {
  const element = declare(values, `${name}.@elem`, context)
  if (element === undefined) return undefined
  const { maxProperties } = schema
  const most = maxProperties === undefined ? Math.trunc(maxText / (element.minBytes + 6)) : Math.max(0, maxProperties)
  return { type: mapType(stringType, element.type), maxElements: most, minBytes: 2, key: textKey, element }
}

function declareObject(schema: Schema, name: string, context: Context): DeclaredType {
  const fields = new Map<string, DeclaredType>()
  const required = new Set(schema.required)
  let minBytes = 2
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeName(field)
    const declared = declare(property, `${name}.${escaped ?? field}`, context)
    if (declared === undefined) continue
    if (escaped !== undefined) fields.set(escaped, declared)
    // Defaults are filled in by the server, so that requests may leave them out.
    if (required.has(field) && property.default === undefined) minBytes += field.length + declared.minBytes + 4
  }
  const types = Object.fromEntries([...fields].map(([field, { type }]) => [field, type]))
  return { type: objectType(name, types), maxElements: 0, minBytes, fields }
}

function declareNamed(ref: string, context: Context): DeclaredType | undefined {
  if (context.named.has(ref)) return context.named.get(ref)
  // What holds itself has no finite type.
  if (context.open.has(ref)) return simple(dynType, 1)
  context.open.add(ref)
  const declared = declare(resolveSchema({ ref }, context.schemas), ref, context)
  context.open.delete(ref)
  context.named.set(ref, declared)
  return declared
}

function declare(given: Schema, name: string, context: Context): DeclaredType | undefined {
  if (given.ref !== undefined) return declareNamed(given.ref, context)
  if (given.intOrString === true) return simple(dynType, 1, maxText)
  const schema = given.embeddedResource === true ? resourceSchema(given) : given
  switch (schema.type) {
    case 'array':
      return declareList(schema, name, context)
    case 'object':
      return schema.additionalProperties === undefined
        ? declareObject(schema, name, context)
        : declareMap(schema.additionalProperties, schema, name, context)
    case 'string':
      return textTypeOf(schema)
    case 'boolean':
      return simple(boolType, 4)
    case 'number':
      return simple(doubleType, 1)
    case 'integer':
      return simple(intType, 1)
    case undefined:
      return undefined
  }
}

/** The type of values of a schema; undefined for values that expressions cannot see (those nothing is known of). */
export function declareSchema(schema: Schema, schemas: SchemaSet = {}, isResource = false): DeclaredType | undefined {
  const context: Context = { schemas, named: new Map(), open: new Set() }
  return declare(isResource ? resourceSchema(resolveSchema(schema, schemas)) : schema, 'selfType', context)
}

/** As {@link declareSchema}, without sizes; dyn where nothing is known. */
export function typeOfSchema(schema: Schema, schemas: SchemaSet): CelType {
  return declareSchema(schema, schemas)?.type ?? dynType
}

/** The declared type at a path of the cost model (`self`, `spec`, `@items`…). */
export function declaredAt(root: DeclaredType, path: readonly string[]): DeclaredType | undefined {
  let at: DeclaredType | undefined = root
  for (const step of path.slice(1)) {
    if (step === '@items' || step === '@values') at = at?.element
    else if (step === '@keys') at = at?.key
    else at = at?.fields?.get(step)
  }
  return at
}
