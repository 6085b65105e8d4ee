/** Rules of JSONSchemaProps beyond structure (apiextensions `ValidateCustomResourceDefinitionOpenAPISchema`). */

import {
  forbiddenValue,
  invalidValue,
  isJsonObject,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { childrenOf, propsAt, propsList, propsMap, textOf, textsOf, type Props } from './crd.ts'
import { fieldAt } from './field-path.ts'

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']

interface Place {
  path: string
  root: boolean
  causes: StatusCause[]
  /** Why a default is not allowed here. */
  noDefaults: string | undefined
  insideMeta: boolean
}

/** Causes found in the schema of one version. @param path of the schema: `spec.versions[0].schema.openAPIV3Schema` */
export function schemaCauses(props: Props, path: string): StatusCause[] {
  const causes: StatusCause[] = []
  walk(props, { path, root: true, causes, noDefaults: undefined, insideMeta: false })
  return causes
}

/** A list of texts as Go prints it. */
export function goTexts(texts: readonly string[]): string {
  return texts.length === 0 ? '[]string(nil)' : `[]string{${texts.map((each) => JSON.stringify(each)).join(', ')}}`
}

/** Whether any part of the schema uses a keyword that custom kinds do without. */
export function hasUnsupported(props: Props): boolean {
  if (unsupported.some((keyword) => uses(props, keyword)) || Array.isArray(props['items'])) return true
  if (props['x-kubernetes-preserve-unknown-fields'] === false) return true
  return childrenOf(props).some((each) => hasUnsupported(each))
}

/** Keywords of JSON Schema that custom kinds do without. */
const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref']

function walk(props: Props, place: Place): void {
  const { path, causes, root, insideMeta } = place
  keywords(props, place)
  const child = (each: Props, step: string, more: Partial<Place> = {}): void =>
    walk(each, { ...place, root: false, ...more, path: `${path}.${step}` })

  const properties = propsMap(props, 'properties')
  const additional = props['additionalProperties']
  if (additional !== undefined && additional !== null) {
    if (properties.length > 0 && additional !== true) {
      const why = 'additionalProperties and properties are mutual exclusive'
      causes.push(forbiddenValue(`${path}.additionalProperties`, why))
    }
    if (isJsonObject(additional)) {
      const why = 'inside additionalProperties applying to object metadata'
      child(additional, 'additionalProperties', insideMeta ? { noDefaults: why } : {})
    }
  }
  const whole = root || props['x-kubernetes-embedded-resource'] === true
  for (const [name, each] of properties) {
    const meta = whole && ['metadata', 'kind', 'apiVersion'].includes(name)
    child(each, `properties[${name}]`, {
      ...(meta ? { insideMeta: true } : {}),
      ...(meta && root ? { noDefaults: `in top-level ${name}` } : {}),
    })
  }
  const not = propsAt(props, 'not')
  if (not !== undefined) child(not, 'not')
  for (const junctor of ['allOf', 'oneOf', 'anyOf']) {
    for (const [index, each] of propsList(props, junctor).entries()) child(each, `${junctor}[${index}]`)
  }
  const items = propsAt(props, 'items')
  if (items !== undefined) child(items, 'items')
  if (props['x-kubernetes-preserve-unknown-fields'] === false) {
    causes.push(invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'))
  }
  collections(props, path, causes)
  mapKeys(props, path, causes)
  for (const [index, rule] of ruleList(props).entries()) {
    ruleCauses(rule, { path: `${path}.x-kubernetes-validations[${index}]`, props, causes })
  }
}

function keywords(props: Props, { path, causes, noDefaults, insideMeta }: Place): void {
  const type = textOf(props, 'type')
  if (type !== '' && !types.includes(type)) causes.push(unsupportedValue(`${path}.type`, type, types))
  if (props['default'] !== undefined && noDefaults !== undefined) {
    causes.push(forbiddenValue(`${path}.default`, `must not be set ${noDefaults}`))
  }
  for (const keyword of unsupported) {
    if (uses(props, keyword)) causes.push(forbiddenValue(`${path}.${keyword}`, `${keyword} is not supported`))
  }
  if (type === 'null') {
    causes.push(forbiddenValue(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'))
  }
  if (Array.isArray(props['items']) && props['items'].length > 0) {
    causes.push(forbiddenValue(`${path}.items`, 'items must be a schema object and not an array'))
  }
  if (insideMeta && props['x-kubernetes-embedded-resource'] === true) {
    causes.push(forbiddenValue(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta'))
  }
  if (props['uniqueItems'] === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    causes.push(forbiddenValue(`${path}.uniqueItems`, why))
  }
}

/** Those that are forbidden even when they say nothing. */
const neverThere = new Set(['additionalItems', 'dependencies', '$ref'])

function uses(props: Props, keyword: string): boolean {
  const value = props[keyword]
  if (value === undefined || value === null) return false
  if (neverThere.has(keyword)) return true
  return value !== '' && (typeof value !== 'object' || Object.keys(value).length > 0)
}

/** x-kubernetes-list-type and x-kubernetes-map-type. */
function collections(props: Props, path: string, causes: StatusCause[]): void {
  const type = textOf(props, 'type')
  for (const [keyword, wanted, allowed] of [
    ['x-kubernetes-map-type', 'object', ['atomic', 'granular']],
    ['x-kubernetes-list-type', 'array', ['atomic', 'set', 'map']],
  ] as const) {
    const value = props[keyword]
    if (value === undefined || value === null) continue
    if (type !== wanted) {
      const why = `must be ${wanted} if ${keyword} is specified`
      causes.push(type === '' ? requiredValue(`${path}.type`, why) : invalidValue(`${path}.type`, type, why))
    } else if (value === 'set') setItems(propsAt(props, 'items'), path, causes)
    if (!allowed.some((each) => each === value)) causes.push(unsupportedValue(`${path}.${keyword}`, value, allowed))
  }
}

/** Items of a set are compared as wholes, so they must be owned as wholes. */
function setItems(items: Props | undefined, path: string, causes: StatusCause[]): void {
  if (items === undefined) return
  const listType = items['x-kubernetes-list-type']
  const mapType = items['x-kubernetes-map-type']
  const type = textOf(items, 'type')
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  if (type === 'array' && listType !== undefined && listType !== 'atomic') {
    causes.push(invalidValue(`${path}.items.x-kubernetes-list-type`, listType, why))
  }
  if (type === 'object' && mapType !== 'atomic') {
    causes.push(invalidValue(`${path}.items.x-kubernetes-map-type`, listType ?? null, why))
  }
}

function mapKeys(props: Props, path: string, causes: StatusCause[]): void {
  const keys = textsOf(props, 'x-kubernetes-list-map-keys')
  const listType = props['x-kubernetes-list-type']
  const where = `${path}.x-kubernetes-list-map-keys`
  if (keys.length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty'
    const field = `${path}.x-kubernetes-list-type`
    causes.push(listType === undefined ? requiredValue(field, why) : invalidValue(field, listType, why))
  }
  const items = propsAt(props, 'items')
  if (listType === 'map') {
    if (keys.length === 0) causes.push(requiredValue(where, 'must not be empty if x-kubernetes-list-type is map'))
    if (items === undefined) {
      causes.push(requiredValue(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'))
    } else if (textOf(items, 'type') !== 'object') {
      const why = "must be object if parent array's x-kubernetes-list-type is map"
      causes.push(invalidValue(`${path}.items.type`, textOf(items, 'type'), why))
    } else keyCauses(keys, items, { path, causes })
  }
  if (items === undefined || (listType !== 'set' && listType !== 'map')) return
  if (items['nullable'] === true) {
    const why = `cannot be nullable when x-kubernetes-list-type is ${listType}`
    causes.push(forbiddenValue(`${path}.items.nullable`, why))
  }
  if (listType === 'map') keyPresence(keys, items, { path, causes })
}

function keyCauses(keys: string[], items: Props, { path, causes }: { path: string; causes: StatusCause[] }): void {
  const where = `${path}.x-kubernetes-list-map-keys`
  const declared = new Map(propsMap(items, 'properties'))
  const seen = new Set<string>()
  for (const key of keys) {
    const type = declared.get(key)?.['type']
    if (!declared.has(key)) invalidKeys('entries must all be names of item properties')
    else if (type === 'array' || type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map"
      causes.push(invalidValue(`${path}.items.properties[${key}].type`, textOf(items, 'type'), why))
    }
    if (seen.has(key)) invalidKeys('must not contain duplicate entries')
    seen.add(key)
  }

  function invalidKeys(why: string): void {
    causes.push({ reason: 'FieldValueInvalid', field: where, message: `Invalid value: ${goTexts(keys)}: ${why}` })
  }
}

/** What tells items apart must always be there. */
function keyPresence(keys: string[], items: Props, { path, causes }: { path: string; causes: StatusCause[] }): void {
  const declared = new Map(propsMap(items, 'properties'))
  const required = new Set(textsOf(items, 'required'))
  for (const key of keys) {
    const schema = declared.get(key)
    if (schema === undefined) continue
    const where = `${path}.items.properties[${key}]`
    if (!required.has(key) && schema['default'] === undefined) {
      const why = 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'
      causes.push(requiredValue(`${where}.default`, why))
    }
    if (schema['nullable'] === true) {
      const why = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'
      causes.push(forbiddenValue(`${where}.nullable`, why))
    }
  }
}

function ruleList(props: Props): JsonObject[] {
  const rules = props['x-kubernetes-validations']
  return Array.isArray(rules) ? rules.filter((each) => isJsonObject(each)) : []
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
const hasBreak = (text: string): boolean => /[\n\r]/.test(text)

/** Form of a rule; whether its expressions compile is asked of the expressions' language. */
function ruleCauses(rule: JsonObject, place: { path: string; props: Props; causes: StatusCause[] }): void {
  const { path, props, causes } = place
  const text = (key: string): string => textOf(rule, key)
  const message = text('message')
  if (text('rule').trim() === '') causes.push(requiredValue(`${path}.rule`, 'rule is not specified'))
  else if (message !== '' && message.trim() === '') {
    causes.push(invalidValue(`${path}.message`, message, 'message must be non-empty if specified'))
  } else if (hasBreak(message.trim())) {
    causes.push(invalidValue(`${path}.message`, message, 'message must not contain line breaks'))
  } else if (hasBreak(text('rule').trim()) && message.trim() === '') {
    causes.push(requiredValue(`${path}.message`, 'message must be specified if rule contains line breaks'))
  }
  if (text('messageExpression') !== '' && text('messageExpression').trim() === '') {
    causes.push(requiredValue(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'))
  }
  const { reason } = rule
  if (reason !== undefined && reason !== null && !reasons.some((each) => each === reason)) {
    causes.push(unsupportedValue(`${path}.reason`, reason, reasons))
  }
  const fieldPath = text('fieldPath')
  if (fieldPath === '') return
  const where = `${path}.fieldPath`
  if (fieldPath.trim() === '') {
    causes.push(invalidValue(where, fieldPath, 'fieldPath must be non-empty if specified'))
  }
  if (hasBreak(fieldPath)) causes.push(invalidValue(where, fieldPath, 'fieldPath must not contain line breaks'))
  if ('problem' in fieldAt(props, fieldPath)) {
    causes.push(invalidValue(where, fieldPath, 'fieldPath must be a valid path'))
  }
}
