/** From JSONSchemaProps to the schema that validation, pruning and defaulting read. */

import { isJsonObject, isKnownFormat, type Json, type Schema, type ValidationRule } from '@berth/meta'
import { propsAt, propsList, propsMap, textOf, type Props } from './crd.ts'

/** Members that keep their name and value. */
const same = [
  'title',
  'description',
  'enum',
  'default',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'pattern',
  'nullable',
  'required',
] as const satisfies (keyof Schema)[]

/** Kubernetes' own extensions. */
const extensions = {
  'x-kubernetes-int-or-string': 'intOrString',
  'x-kubernetes-preserve-unknown-fields': 'preserveUnknownFields',
  'x-kubernetes-embedded-resource': 'embeddedResource',
  'x-kubernetes-list-type': 'listType',
  'x-kubernetes-list-map-keys': 'listMapKeys',
  'x-kubernetes-map-type': 'mapType',
} as const satisfies Record<string, keyof Schema>

const types = new Set<string>(['object', 'array', 'string', 'integer', 'number', 'boolean'])

/** The schema of one version; `props` has passed validation. */
export function schemaOf(props: Props): Schema {
  const schema: Schema = {}
  for (const member of same) copy(schema, member, props[member])
  for (const [name, member] of Object.entries(extensions)) copy(schema, member, props[name])
  const type = textOf(props, 'type')
  // Membership in the table is what the type says.
  if (types.has(type) && schema.intOrString !== true) schema.type = type as NonNullable<Schema['type']>
  // Widths of numbers (int32) and formats nobody checks say nothing about which values are valid.
  const format = textOf(props, 'format')
  if (isKnownFormat(format)) schema.format = format
  const properties = propsMap(props, 'properties')
  if (properties.length > 0 || propsAt(props, 'properties') !== undefined) {
    schema.properties = Object.fromEntries(properties.map(([name, each]) => [name, schemaOf(each)]))
  }
  const items = propsAt(props, 'items')
  if (items !== undefined) schema.items = schemaOf(items)
  const additional = props['additionalProperties']
  if (isJsonObject(additional)) schema.additionalProperties = schemaOf(additional)
  else if (additional === true) schema.additionalProperties = { preserveUnknownFields: true }
  for (const member of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = propsList(props, member)
    if (list.length > 0) schema[member] = list.map(schemaOf)
  }
  const not = propsAt(props, 'not')
  if (not !== undefined) schema.not = schemaOf(not)
  const rules = props['x-kubernetes-validations']
  if (Array.isArray(rules) && rules.length > 0) {
    // The kind's own schema has checked each rule's shape.
    schema.validations = rules as unknown as ValidationRule[]
  }
  return schema
}

function copy(schema: Schema, member: keyof Schema, value: Json | undefined): void {
  if (value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0)) {
    if (member !== 'default' || value === undefined) return
  }
  // The kind's own schema has checked the member's type.
  Object.assign(schema, { [member]: value })
}
