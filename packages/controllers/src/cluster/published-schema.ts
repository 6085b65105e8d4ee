/** Our schemas as CustomResourceDefinitions write them (openAPIV3Schema): references written out, extensions under their long names. */

import type { Json, JsonObject, Schema, SchemaSet } from '@berth/meta'

/** Members that are called alike here and there. */
const same = [
  'type',
  'description',
  'required',
  'enum',
  'default',
  'nullable',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
  'format',
] as const satisfies readonly (keyof Schema)[]

const extensions = {
  validations: 'x-kubernetes-validations',
  intOrString: 'x-kubernetes-int-or-string',
  preserveUnknownFields: 'x-kubernetes-preserve-unknown-fields',
  embeddedResource: 'x-kubernetes-embedded-resource',
  listType: 'x-kubernetes-list-type',
  listMapKeys: 'x-kubernetes-list-map-keys',
  mapType: 'x-kubernetes-map-type',
} as const satisfies Partial<Record<keyof Schema, string>>

/** Written out by every server itself. */
const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** @throws Error for a reference that is not in the set: a mistake in our own schemas */
export function publishedSchema(schema: Schema, schemas: SchemaSet): JsonObject {
  if (schema.ref === metadata) return { type: 'object' }
  if (schema.ref !== undefined) {
    const found = schemas[schema.ref]
    if (found === undefined) throw new Error(`no schema ${schema.ref}`)
    return publishedSchema(
      { ...found, ...(schema.description === undefined ? {} : { description: schema.description }) },
      schemas,
    )
  }
  const published: JsonObject = {}
  const set = (key: string, value: unknown): void => {
    // What schemas hold is JSON throughout.
    if (value !== undefined) published[key] = structuredClone(value) as Json
  }
  for (const key of same) set(key, schema[key])
  for (const [key, long] of Object.entries(extensions)) set(long, schema[key as keyof typeof extensions])
  if (schema.items !== undefined) published['items'] = publishedSchema(schema.items, schemas)
  if (schema.additionalProperties !== undefined) {
    published['additionalProperties'] = publishedSchema(schema.additionalProperties, schemas)
  }
  if (schema.properties !== undefined) {
    published['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([name, each]) => [name, publishedSchema(each, schemas)]),
    )
  }
  return published
}
