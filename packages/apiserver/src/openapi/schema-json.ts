/** Structural schemas as OpenAPI writes them: v2 (`#/definitions/`) for older clients, v3 (`#/components/schemas/`) for newer ones. */

import type { Json, JsonObject, Schema } from '@berth/meta'
import { wellKnownFormats } from './well-known.ts'

export type OpenApiVersion = 'v2' | 'v3'

const refPrefix = { v2: '#/definitions/', v3: '#/components/schemas/' } as const satisfies Record<
  OpenApiVersion,
  string
>

export function refTo(name: string, version: OpenApiVersion): string {
  return `${refPrefix[version]}${name}`
}

/** Keywords that keep name and value in both versions. */
const sameKeywords = [
  'description',
  'enum',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
  'required',
  'title',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minProperties',
  'maxProperties',
  'uniqueItems',
] as const satisfies (keyof Schema)[]

/** Vendor extensions, which say what plain JSON Schema cannot. */
const extensions = {
  preserveUnknownFields: 'x-kubernetes-preserve-unknown-fields',
  embeddedResource: 'x-kubernetes-embedded-resource',
  listType: 'x-kubernetes-list-type',
  listMapKeys: 'x-kubernetes-list-map-keys',
  mapType: 'x-kubernetes-map-type',
  patchStrategy: 'x-kubernetes-patch-strategy',
  patchMergeKey: 'x-kubernetes-patch-merge-key',
} as const satisfies Partial<Record<keyof Schema, string>>

/**
 * One schema in OpenAPI. References stay references: v2 ignores what stands beside `$ref` but kubectl reads the description there;
 * v3 wraps it in `allOf` when something stands beside it.
 */
export function schemaJson(schema: Schema, version: OpenApiVersion): JsonObject {
  const ref = refOf(schema)
  return ref === undefined ? inline(schema, version) : reference(schema, ref, version)
}

function refOf(schema: Schema): string | undefined {
  return schema.ref ?? (schema.intOrString === true ? intOrStringName : wellKnownFormats[schema.format ?? ''])
}

const intOrStringName = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString'

function reference(schema: Schema, name: string, version: OpenApiVersion): JsonObject {
  const beside: JsonObject = {
    ...(schema.description === undefined ? {} : { description: schema.description }),
    ...(schema.default === undefined ? {} : { default: schema.default }),
    ...vendorExtensions(schema),
  }
  const ref = { $ref: refTo(name, version) }
  if (version === 'v2') return { ...beside, ...ref }
  return Object.keys(beside).length === 0 ? ref : { ...beside, allOf: [ref] }
}

function inline(schema: Schema, version: OpenApiVersion): JsonObject {
  const json: JsonObject = {}
  for (const keyword of sameKeywords) {
    const value: Json | undefined = schema[keyword]
    // An empty `required` is not valid in either version.
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) json[keyword] = value
  }
  if (schema.type !== undefined) json['type'] = schema.type
  if (schema.format !== undefined) json['format'] = schema.format
  if (schema.nullable === true && version === 'v3') json['nullable'] = true
  if (schema.properties !== undefined) {
    json['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, schemaJson(property, version)]),
    )
  }
  if (schema.items !== undefined) json['items'] = schemaJson(schema.items, version)
  if (schema.additionalProperties !== undefined) {
    json['additionalProperties'] = schemaJson(schema.additionalProperties, version)
  }
  return { ...json, ...vendorExtensions(schema) }
}

function vendorExtensions(schema: Schema): JsonObject {
  const json: JsonObject = {}
  for (const [keyword, name] of Object.entries(extensions)) {
    const value = schema[keyword as keyof typeof extensions]
    if (value !== undefined) json[name] = value
  }
  return json
}

/** Names of the definitions a schema refers to, directly. */
export function* refsIn(schema: Schema): Generator<string> {
  const ref = refOf(schema)
  if (ref !== undefined) yield ref
  if (schema.items) yield* refsIn(schema.items)
  if (schema.additionalProperties) yield* refsIn(schema.additionalProperties)
  for (const property of Object.values(schema.properties ?? {})) yield* refsIn(property)
}
