/** Turns parsed interfaces into definitions, and takes the part that a list of kinds needs. */

import type { Schema, SchemaSet } from '@berth/meta'
import ts from 'typescript'
import {
  constraints,
  extraProperties,
  fieldSchemas,
  handWritten,
  quantity,
  quantityMaps,
  scalarDocs,
  tolerant,
} from './fields.ts'
import { goneProperties } from './newer.ts'
import { listRule, mapRule, objectRule } from './lists.ts'
import { definitionName, earlierForm, jsonName, type Source } from './names.ts'
import type { Declarations, Property } from './parse.ts'

export interface Input {
  source: Source
  declarations: Declarations
}

interface Scope {
  input: Input
  definition: string
}

/**
 * Definitions of `roots` and all they refer to. Where several inputs have a definition, the first input wins.
 * @throws Error when a root or a referenced definition is in none of the inputs, or a type has a form this generator does not know
 */
export function definitions(inputs: Input[], roots: string[]): SchemaSet {
  const index: Index = new Map()
  for (const input of inputs) {
    for (const interfaceName of input.declarations.interfaces.keys()) {
      const name = definitionName(input.source, interfaceName)
      if (name !== undefined && !index.has(name)) index.set(name, { input, interfaceName })
    }
  }
  const result = new Map<string, Schema>()
  const queue = [...roots]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (result.has(name)) continue
    const schema = handWritten[name] ?? fromIndex(index, name) ?? fromEarlier(index, name)
    if (schema === undefined) throw new Error(`No interface in the npm types is the definition ${name}`)
    result.set(name, schema)
    queue.push(...references(schema))
  }
  return Object.fromEntries([...result].sort(([a], [b]) => (a < b ? -1 : 1)))
}

type Index = Map<string, { input: Input; interfaceName: string }>

function fromIndex(index: Index, name: string): Schema | undefined {
  const found = index.get(name)
  const declared = found?.input.declarations.interfaces.get(found.interfaceName)
  if (found === undefined || declared === undefined) return undefined
  const scope: Scope = { input: found.input, definition: name }
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  for (const property of declared.properties) {
    const json = jsonName(name, property.name)
    if (goneProperties[name]?.includes(json) === true) continue
    properties[json] = propertySchema(scope, json, property)
    if (!property.optional) required.push(json)
  }
  Object.assign(properties, extraProperties[name])
  const doc = declared.doc
  return {
    type: 'object',
    ...(doc === '' ? {} : { description: doc }),
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required }),
    ...(tolerant.test(name) ? { preserveUnknownFields: true } : {}),
    ...mapRule(name),
  }
}

function fromEarlier(index: Index, name: string): Schema | undefined {
  const earlier = earlierForm(name)
  const schema = earlier === undefined ? undefined : fromIndex(index, earlier.name)
  return earlier === undefined || schema === undefined ? undefined : withReferences(schema, earlier.promote)
}

function withReferences(schema: Schema, change: (ref: string) => string): Schema {
  const { ref, properties, items, additionalProperties } = schema
  const within = (child: Schema): Schema => withReferences(child, change)
  return {
    ...schema,
    ...(ref === undefined ? {} : { ref: change(ref) }),
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, within(child)])) }),
    ...(items === undefined ? {} : { items: within(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: within(additionalProperties) }),
  }
}

function propertySchema(scope: Scope, json: string, property: Property): Schema {
  const key = `${scope.definition}.${json}`
  const scalar = scalarDocs.find(({ begins }) => property.doc.startsWith(begins))
  const own = property.doc === '' || scalar !== undefined ? {} : { description: property.doc }
  const special = fieldSchemas[key]
  if (special !== undefined) return { ...own, ...special }
  if (scalar !== undefined && !ts.isArrayTypeNode(property.type) && !isArrayReference(property.type))
    return { ...scalar.schema }
  const schema = typeSchema(scope, json, property.type)
  const merge = schema.type === 'array' ? listRule(scope.definition, json) : objectRule(scope.definition, json)
  return { ...schema, ...own, ...merge, ...constraints[key] }
}

/** The declarations do not tell integers from numbers; the few fields with a fraction are in `fieldSchemas`. */
const keywords = new Map<ts.SyntaxKind, Schema>([
  [ts.SyntaxKind.StringKeyword, { type: 'string' }],
  [ts.SyntaxKind.BooleanKeyword, { type: 'boolean' }],
  [ts.SyntaxKind.NumberKeyword, { type: 'integer', format: 'int64' }],
  [ts.SyntaxKind.ObjectKeyword, { type: 'object' }],
])

function typeSchema(scope: Scope, json: string, type: ts.TypeNode): Schema {
  const keyword = keywords.get(type.kind)
  if (keyword !== undefined) return { ...keyword }
  if (ts.isTypeLiteralNode(type)) return mapSchema(scope, json, type)
  if (ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName)) {
    const item = type.typeArguments?.[0]
    if (type.typeName.text === 'Array' && item !== undefined) {
      return { type: 'array', items: typeSchema(scope, json, item) }
    }
    return namedSchema(scope, type.typeName.text)
  }
  throw new Error(`${scope.definition}.${json} has a type of a form this generator does not know`)
}

function isArrayReference(type: ts.TypeNode): boolean {
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) && type.typeName.text === 'Array'
}

/** `{ [key: string]: T }` */
function mapSchema(scope: Scope, json: string, type: ts.TypeLiteralNode): Schema {
  const member = type.members[0]
  if (member === undefined || !ts.isIndexSignatureDeclaration(member)) {
    throw new Error(`${scope.definition}.${json} is an inline object, not a map`)
  }
  const value = typeSchema(scope, json, member.type)
  const additionalProperties = value.type === 'string' && quantityMaps.has(json) ? { ...quantity } : value
  return { type: 'object', additionalProperties }
}

function namedSchema(scope: Scope, name: string): Schema {
  const values = scope.input.declarations.enums.get(name)
  // KubeVirt and CDI publish hardly any of theirs: their webhooks check the values, in their own words. Those that are published are constraints.
  if (values !== undefined)
    return scope.input.source === 'kubernetes' ? { type: 'string', enum: values } : { type: 'string' }
  const ref = definitionName(scope.input.source, name)
  if (ref === undefined) throw new Error(`${scope.definition} refers to ${name}, which is no API type`)
  return { ref }
}

/** Every definition a schema names directly. */
export function references(schema: Schema): string[] {
  const found: string[] = []
  if (schema.ref !== undefined) found.push(schema.ref)
  for (const child of Object.values(schema.properties ?? {})) found.push(...references(child))
  if (schema.items !== undefined) found.push(...references(schema.items))
  if (schema.additionalProperties !== undefined) found.push(...references(schema.additionalProperties))
  return found
}
