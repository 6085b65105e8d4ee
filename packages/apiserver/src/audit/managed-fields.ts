/** Bodies without `metadata.managedFields`, which are larger than the rest and tell an auditor nothing. Pure. */

import { isJsonObject, type JsonObject } from '@berth/meta'

/** The object, or each object of a list, without them; the argument is not changed. */
export function withoutManagedFields(body: unknown): unknown {
  if (!isJsonObject(body)) return body
  const object = stripped(body)
  const { items } = object
  if (!Array.isArray(items)) return object
  return { ...object, items: items.map((item) => (isJsonObject(item) ? stripped(item) : item)) }
}

function stripped(object: JsonObject): JsonObject {
  const { metadata } = object
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, 'managedFields')) return object
  const { managedFields: _, ...rest } = metadata
  return { ...object, metadata: rest }
}
