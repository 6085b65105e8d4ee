/**
 * What makes a schema structural (apiextensions-apiserver `pkg/apiserver/schema`): every field has a type outside of allOf, anyOf,
 * oneOf and not, and these only restrict values.
 */

import {
  deepEqual,
  forbiddenValue,
  invalidValue,
  patternProblem,
  requiredValue,
  type Json,
  type StatusCause,
} from '@berth/meta'
import { propsAt, propsList, propsMap, textOf, type Props } from './crd.ts'

type Level = 'root' | 'item' | 'field'

/** Causes of everything that keeps the schema from being structural, sorted as Kubernetes sorts them. */
export function structuralCauses(props: Props, path: string): StatusCause[] {
  const causes: StatusCause[] = []
  invariants(props, { level: 'root', path, causes })
  completeness(props, path, causes)
  const text = (cause: StatusCause): string => `${cause.field ?? ''}: ${cause.message ?? ''}`
  return causes.sort((a, b) => (text(a) < text(b) ? -1 : 1))
}

interface Place {
  level: Level
  path: string
  causes: StatusCause[]
}

const missingType: Record<Level, string> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

const isOn = (props: Props, key: string): boolean => props[`x-kubernetes-${key}`] === true

function invariants(props: Props, { level, path, causes }: Place): void {
  const type = textOf(props, 'type')
  const items = propsAt(props, 'items')
  const properties = propsMap(props, 'properties')
  const additional = props['additionalProperties']
  if (type === 'array' && items === undefined) causes.push(requiredValue(`${path}.items`, 'must be specified'))
  if (items !== undefined) invariants(items, { level: 'item', path: `${path}.items`, causes })
  for (const [name, each] of properties) {
    invariants(each, { level: 'field', path: `${path}.properties[${name}]`, causes })
  }
  if (additional !== undefined && additional !== null) {
    if (level === 'root') causes.push(forbiddenValue(`${path}.additionalProperties`, 'must not be used at the root'))
    const values = propsAt(props, 'additionalProperties')
    if (values !== undefined) invariants(values, { level: 'field', path: `${path}.additionalProperties`, causes })
  }
  extensionCauses(props, path, causes)
  valueValidation(props, {
    path,
    causes,
    skipAnyOf: isIntOrString(propsList(props, 'anyOf')),
    skipFirst: isIntOrString(propsList(propsList(props, 'allOf')[0] ?? {}, 'anyOf')),
  })
  typeCauses(props, { level, path, causes })
  metadataCauses(props, { level, path, causes })
  const embedded = isOn(props, 'embedded-resource')
  if (embedded && additional !== undefined && additional !== null) {
    const why = 'must not be used if x-kubernetes-embedded-resource is set'
    causes.push(forbiddenValue(`${path}.additionalProperties`, why))
  }
  if (embedded && !isOn(props, 'preserve-unknown-fields') && properties.length === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
    causes.push(requiredValue(`${path}.properties`, why))
  }
}

function extensionCauses(props: Props, path: string, causes: StatusCause[]): void {
  if (!isOn(props, 'int-or-string')) return
  for (const other of ['preserve-unknown-fields', 'embedded-resource']) {
    if (!isOn(props, other)) continue
    const why = 'must be false if x-kubernetes-int-or-string is true'
    causes.push(invalidValue(`${path}.x-kubernetes-${other}`, true, why))
  }
}

function typeCauses(props: Props, { level, path, causes }: Place): void {
  const type = textOf(props, 'type')
  const where = `${path}.type`
  const embedded = 'must be object if x-kubernetes-embedded-resource is true'
  if (isOn(props, 'embedded-resource') && type !== 'object') {
    causes.push(type === '' ? requiredValue(where, embedded) : invalidValue(where, type, embedded))
  } else if (type === '' && !isOn(props, 'int-or-string') && !isOn(props, 'preserve-unknown-fields')) {
    causes.push(requiredValue(where, missingType[level]))
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    causes.push(invalidValue(where, type, 'must be object at the root'))
  }
}

/** apiVersion, kind and metadata of a whole object have a fixed meaning. */
function metadataCauses(props: Props, { level, path, causes }: Place): void {
  const whole = level === 'root' || isOn(props, 'embedded-resource')
  const properties = new Map(propsMap(props, 'properties'))
  for (const name of ['kind', 'apiVersion']) {
    const declared = properties.get(name)
    if (!whole || declared === undefined || textOf(declared, 'type') === 'string') continue
    causes.push(invalidValue(`${path}.properties[${name}].type`, textOf(declared, 'type'), 'must be string'))
  }
  const metadata = properties.get('metadata')
  if (metadata === undefined) return
  const where = `${path}.properties[metadata]`
  if (whole && textOf(metadata, 'type') !== 'object') {
    causes.push(invalidValue(`${where}.type`, textOf(metadata, 'type'), 'must be object'))
  }
  if (level !== 'root') return
  const declared = propsMap(metadata, 'properties').map(([name]) => name)
  const onlyNames = declared.every((name) => name === 'name' || name === 'generateName')
  const others = Object.entries(metadata).filter(
    ([key, value]) => !['type', 'properties', 'default'].includes(key) && !isEmpty(value),
  )
  if (!onlyNames || others.length > 0) {
    const why = 'must not specify anything other than name and generateName, but metadata is implicitly specified'
    causes.push(forbiddenValue(where, why))
  }
}

function isIntOrString(anyOf: Props[]): boolean {
  return deepEqual(anyOf, [{ type: 'integer' }, { type: 'string' }])
}

interface Validation {
  path: string
  causes: StatusCause[]
  skipAnyOf?: boolean
  /** The first allOf may hold the two types of an int-or-string. */
  skipFirst?: boolean
}

function valueValidation(props: Props, { path, causes, skipAnyOf, skipFirst }: Validation): void {
  for (const junctor of ['anyOf', 'allOf', 'oneOf'] as const) {
    if (junctor === 'anyOf' && skipAnyOf === true) continue
    for (const [index, each] of propsList(props, junctor).entries()) {
      const first = junctor === 'allOf' && index === 0 && skipFirst === true
      nested(each, { path: `${path}.${junctor}[${index}]`, causes, skipAnyOf: first })
    }
  }
  const not = propsAt(props, 'not')
  if (not !== undefined) nested(not, { path: `${path}.not`, causes })
  const pattern = textOf(props, 'pattern')
  const problem = pattern === '' ? undefined : patternProblem(pattern)
  if (problem !== undefined) {
    const why = `must be a valid regular expression, but isn't: ${problem}`
    causes.push(invalidValue(`${path}.pattern`, pattern, why))
  }
}

/** What Go's types cannot tell from nothing. */
function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return true
  return Array.isArray(value) && value.length === 0
}

/** Members that describe structure, and so belong outside of junctors; with what each must be there. */
const structure: readonly [string, string][] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
]

function nested(props: Props, validation: Validation): void {
  const { path, causes } = validation
  valueValidation(props, validation)
  const items = propsAt(props, 'items')
  if (items !== undefined) nested(items, { path: `${path}.items`, causes })
  for (const [name, each] of propsMap(props, 'properties')) {
    nested(each, { path: `${path}.properties[${name}]`, causes })
  }
  for (const [member, why] of structure) {
    if (!isEmpty(props[member])) causes.push(forbiddenValue(`${path}.${member}`, why))
  }
  if (propsAt(props, 'properties')?.['metadata'] !== undefined) {
    causes.push(forbiddenValue(`${path}.properties[metadata]`, 'must not be specified in a nested context'))
  }
}

/** Fields that the root's junctors speak of are declared outside of them too; Kubernetes asks it of the root alone. */
function completeness(props: Props, path: string, causes: StatusCause[]): void {
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [index, each] of propsList(props, junctor).entries()) {
      covered(each, props, { path: `${path}.${junctor}[${index}]`, outside: path, causes })
    }
  }
  const not = propsAt(props, 'not')
  if (not !== undefined) covered(not, props, { path: `${path}.not`, outside: path, causes })
}

function covered(
  inner: Props,
  declared: Props | undefined,
  place: { path: string; outside: string; causes: StatusCause[] },
): void {
  const { path, outside, causes } = place
  if (declared === undefined) {
    causes.push(requiredValue(outside, `because it is defined in ${path}`))
    return
  }
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [index, each] of propsList(inner, junctor).entries()) {
      covered(each, declared, { path: `${path}.${junctor}[${index}]`, outside, causes })
    }
  }
  const not = propsAt(inner, 'not')
  if (not !== undefined) covered(not, declared, { path: `${path}.not`, outside, causes })
  const items = propsAt(inner, 'items')
  if (items !== undefined) {
    covered(items, propsAt(declared, 'items'), { path: `${path}.items`, outside: `${outside}.items`, causes })
  }
  const members = propsMap(inner, 'properties')
  const known = members.length === 0 ? undefined : propsAt(declared, 'properties')
  for (const [name, each] of members) {
    const below = `properties[${name}]`
    covered(each, known === undefined ? undefined : propsAt(known, name), {
      path: `${path}.${below}`,
      outside: `${outside}.${below}`,
      causes,
    })
  }
}
