/** The schema of a custom kind in the OpenAPI documents, as kube-apiserver publishes it. */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'
import type { CrdVersion, Props } from './crd.ts'

/** Of a version without a schema anything goes. */
export function publishedSchema(version: CrdVersion, openApi: 'v2' | 'v3'): JsonObject {
  const props = version.schema?.openAPIV3Schema
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const json = isJsonObject(props) ? clean(props) : open
  const fields = (version.selectableFields ?? []).map(({ jsonPath }) => ({ fieldPath: jsonPath.replace(/^\./, '') }))
  return {
    ...(openApi === 'v3' ? json : plain(json)),
    ...(fields.length === 0 ? {} : { 'x-kubernetes-selectable-fields': fields }),
  }
}

/** Members that are not in OpenAPI documents. */
const hidden = new Set(['$schema', 'id', 'example', 'externalDocs'])

/** Without members that say nothing: empty texts and lists, and false where that is the rule. */
function clean(props: Props): JsonObject {
  const json: JsonObject = {}
  for (const [key, value] of Object.entries(props)) {
    if (hidden.has(key) || value === null || value === '' || (value === false && key !== 'default')) continue
    if (Array.isArray(value) && value.length === 0) continue
    json[key] = descend(key, value, clean)
  }
  if (json['x-kubernetes-int-or-string'] === true) json['anyOf'] ??= [{ type: 'integer' }, { type: 'string' }]
  return json
}

/** Applies `change` to the schemas below one member. */
function descend(key: string, value: Json, change: (props: Props) => JsonObject): Json {
  if (key === 'properties' && isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, isJsonObject(each) ? change(each) : each]),
    )
  }
  if (['items', 'additionalProperties', 'not'].includes(key) && isJsonObject(value)) return change(value)
  if (['allOf', 'anyOf', 'oneOf'].includes(key) && Array.isArray(value)) {
    return value.map((each) => (isJsonObject(each) ? change(each) : each))
  }
  return value
}

/**
 * OpenAPI v2 has no alternatives and no null, and kubectl's reader of it stumbles over parts beside unknown fields: what it cannot
 * say is left out, so that clients check less rather than wrongly.
 */
function plain(props: JsonObject): JsonObject {
  const json: JsonObject = { ...props }
  for (const keyword of ['allOf', 'anyOf', 'oneOf', 'not', 'default']) delete json[keyword]
  const preserves = json['x-kubernetes-preserve-unknown-fields'] === true
  if (json['nullable'] === true) {
    delete json['type']
    delete json['nullable']
  }
  if (preserves || (props['nullable'] === true && json['nullable'] === undefined)) {
    delete json['items']
    delete json['properties']
  }
  if (json['type'] === 'array' && json['items'] === undefined) delete json['type']
  if (preserves && json['type'] === 'object') delete json['type']
  const properties = json['properties']
  if (isJsonObject(properties) && Array.isArray(json['required'])) {
    const required = json['required'].filter((name) => {
      const member = typeof name === 'string' ? properties[name] : undefined
      return !isJsonObject(member) || member['nullable'] !== true
    })
    if (required.length > 0) json['required'] = required
    else delete json['required']
  }
  for (const [key, value] of Object.entries(json)) json[key] = descend(key, value, plain)
  return json
}
