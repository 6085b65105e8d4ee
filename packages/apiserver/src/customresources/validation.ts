/** Rules of CustomResourceDefinition (apiextensions `validation.go`, version 1.33): the spec as a whole. */

import {
  deepEqual,
  forbiddenValue,
  invalidValue,
  isDns1035Label,
  isDns1123Subdomain,
  isJsonObject,
  requiredValue,
  unsupportedValue,
  type StatusCause,
} from '@berth/meta'
import { isTrue, type Crd, type CrdNames, type CrdSpec, type CrdVersion } from './crd.ts'
import { approvalCauses } from './approval.ts'
import { conversionCauses } from './conversion-rules.ts'
import { defaultCauses } from './default-rules.ts'
import type { SchemaRules } from './rules-port.ts'
import { schemaOf } from './schema.ts'
import { goTexts, hasUnsupported, schemaCauses } from './schema-rules.ts'
import { structuralCauses } from './structural.ts'
import { columnCauses, deprecationCauses, selectableCauses, subresourceCauses } from './version-rules.ts'

/** Every cause for refusing `crd`; `previous` is what is stored now. */
export function crdCauses(crd: Crd, previous: Crd | undefined, rules: SchemaRules): StatusCause[] {
  const { spec } = crd
  const causes: StatusCause[] = []
  if (previous === undefined && crd.metadata.name !== `${spec.names.plural}.${spec.group}`) {
    causes.push(invalidValue('metadata.name', crd.metadata.name ?? '', 'must be spec.names.plural+"."+spec.group'))
  }
  causes.push(
    ...specCauses(spec, previous?.spec, rules),
    ...conversionCauses(crd),
    ...(previous === undefined ? [] : immutableCauses(spec, previous)),
    ...storedCauses(crd),
    ...approvalCauses(crd, previous),
  )
  if (spec.preserveUnknownFields === true && previous?.spec.preserveUnknownFields !== true) {
    const why =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
    causes.push(invalidValue('spec.preserveUnknownFields', true, why))
  }
  return causes
}

function specCauses(spec: CrdSpec, previous: CrdSpec | undefined, rules: SchemaRules): StatusCause[] {
  const causes: StatusCause[] = []
  causes.push(...groupCauses(spec.group))
  if (spec.scope === '') causes.push(requiredValue('spec.scope'))
  else if (spec.scope !== 'Cluster' && spec.scope !== 'Namespaced') {
    causes.push(unsupportedValue('spec.scope', spec.scope, ['Cluster', 'Namespaced']))
  }
  for (const [index, version] of spec.versions.entries()) {
    if (isJsonObject(version.schema?.openAPIV3Schema)) continue
    causes.push(requiredValue(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'))
  }
  causes.push(...versionsCauses(spec, previous, rules))
  const { names } = spec
  for (const name of ['plural', 'singular', 'kind', 'listKind'] as const) {
    if ((names[name] ?? '') === '') causes.push(requiredValue(`spec.names.${name}`))
  }
  causes.push(...nameCauses(names, 'spec.names'))
  return causes
}

function groupCauses(group: string): StatusCause[] {
  if (group === '') return [requiredValue('spec.group')]
  const problems = isDns1123Subdomain(group)
  if (problems.length > 0) return [invalidValue('spec.group', group, problems.join(','))]
  if (!group.includes('.')) return [invalidValue('spec.group', group, 'should be a domain with at least one dot')]
  return []
}

/**
 * What all versions say alike, Kubernetes holds at the top of its internal form, and there its errors point:
 * `spec.validation.openAPIV3Schema` for a definition with one version.
 */
function shared<K extends keyof CrdVersion>(versions: CrdVersion[], member: K): boolean {
  const first = versions[0]?.[member]
  if (first === undefined || (Array.isArray(first) && first.length === 0)) return false
  return versions.every((version) => deepEqual(version[member] ?? null, first))
}

function versionsCauses(spec: CrdSpec, previous: CrdSpec | undefined, rules: SchemaRules): StatusCause[] {
  const { versions } = spec
  const causes: StatusCause[] = []
  const schemas = shared(versions, 'schema')
  const subresources = shared(versions, 'subresources')
  const columns = shared(versions, 'additionalPrinterColumns')
  const selectable = shared(versions, 'selectableFields') && schemas
  const late: StatusCause[] = []
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`
    const problems = isDns1035Label(version.name)
    if (problems.length > 0) causes.push(invalidValue(`${path}.name`, version.name, problems.join(',')))
    // Kubernetes' internal form repeats the first version's name.
    if (problems.length > 0 && index === 0) late.push(invalidValue('spec.version', version.name, problems.join(',')))
    causes.push(...deprecationCauses(version, path))
    const first = index === 0
    const before = previous?.versions.find((each) => each.name === version.name)
    /** Shared parts are looked at once, and reported after the versions. */
    const part = (isShared: boolean, check: (where: string) => StatusCause[]): void => {
      if (!isShared) causes.push(...check(path))
      else if (first) late.push(...check('spec'))
    }
    part(schemas, (where) =>
      schemaPartCauses(version, before, { where: schemas ? `${where}.validation` : `${where}.schema`, rules }),
    )
    part(subresources, (where) => subresourceCauses(version, `${where}.subresources`))
    part(columns, (where) => columnCauses(version, `${where}.additionalPrinterColumns`))
    part(selectable, (where) => selectableCauses(version, `${where}.selectableFields`))
  }
  const names = versions.map((version) => version.name)
  if (new Set(names).size < names.length) {
    causes.push(invalidValue('spec.versions', versions, 'must contain unique version names'))
  }
  if (versions.filter((version) => version.storage).length !== 1) {
    causes.push(invalidValue('spec.versions', versions, 'must have exactly one version marked as storage version'))
  }
  return [...causes, ...late]
}

/** Members a schema may have at its root when the status, a part of it, is a subresource. */
const rootMembers = new Set([
  'description',
  'type',
  'format',
  'title',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'multipleOf',
  'required',
  'items',
  'properties',
  'externalDocs',
  'example',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
])

function schemaPartCauses(
  version: CrdVersion,
  before: CrdVersion | undefined,
  { where, rules }: { where: string; rules: SchemaRules },
): StatusCause[] {
  const props = version.schema?.openAPIV3Schema
  if (!isJsonObject(props)) return []
  const path = `${where}.openAPIV3Schema`
  const causes: StatusCause[] = []
  if (version.subresources?.status !== undefined) {
    const foreign = Object.keys(props).find((key) => !rootMembers.has(key))
    if (foreign !== undefined) {
      const list = [...rootMembers].map((each) => goName(each)).join(' ')
      const why = `only [${list}] fields are allowed at the root of the schema if the status subresource is enabled`
      causes.push(invalidValue(path, props, why))
    }
  }
  if (props['nullable'] === true) {
    causes.push(forbiddenValue(`${path}.nullable`, 'nullable cannot be true at the root'))
  }
  const formal = schemaCauses(props, path)
  // What has no structural form at all is reported by the keyword alone.
  if (hasUnsupported(props)) return [...causes, ...formal]
  const structural = structuralCauses(props, path)
  if (structural.length > 0) return [...causes, ...structural, ...formal]
  const schema = schemaOf(props)
  defaultCauses(schema, { path, rules, causes })
  causes.push(...formal)
  if (causes.length > 0) return causes
  const earlier = before?.schema?.openAPIV3Schema
  return rules.check(schema, path, isJsonObject(earlier) ? schemaOf(earlier) : undefined)
}

/** As Go names the member in its list: `MaxLength`, `XValidations`. */
function goName(member: string): string {
  if (member === 'x-kubernetes-preserve-unknown-fields') return 'XPreserveUnknownFields'
  if (member === 'x-kubernetes-validations') return 'XValidations'
  return member.slice(0, 1).toUpperCase() + member.slice(1)
}

/** Form of names; those of the status are held to it as well. */
export function nameCauses(names: CrdNames, path: string): StatusCause[] {
  const causes: StatusCause[] = []
  const label = (field: string, value: string | undefined, mixed = false): void => {
    if (value === undefined || value === '') return
    const problems = isDns1035Label(mixed ? value.toLowerCase() : value)
    if (problems.length === 0) return
    const prefix = mixed ? 'may have mixed case, but should otherwise match: ' : ''
    causes.push(invalidValue(`${path}.${field}`, value, prefix + problems.join(',')))
  }
  label('plural', names.plural)
  label('singular', names.singular)
  label('kind', names.kind, true)
  label('listKind', names.listKind, true)
  for (const [index, each] of (names.shortNames ?? []).entries()) requiredLabel(`shortNames[${index}]`, each)
  if (names.kind !== '' && names.kind === names.listKind) {
    causes.push(invalidValue(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'))
  }
  for (const [index, each] of (names.categories ?? []).entries()) requiredLabel(`categories[${index}]`, each)
  return causes

  function requiredLabel(field: string, value: string): void {
    const problems = isDns1035Label(value)
    if (problems.length > 0) causes.push(invalidValue(`${path}.${field}`, value, problems.join(',')))
  }
}

function immutableCauses(spec: CrdSpec, previous: Crd): StatusCause[] {
  const before = previous.spec
  const held: [string, string, string][] = [
    ['spec.group', spec.group, before.group],
    ['spec.names.plural', spec.names.plural, before.names.plural],
  ]
  if (isTrue(previous, 'Established')) {
    held.unshift(['spec.scope', spec.scope, before.scope], ['spec.names.kind', spec.names.kind, before.names.kind])
  }
  return held.flatMap(([field, now, then]) => (now === then ? [] : [invalidValue(field, now, 'field is immutable')]))
}

/** Versions that objects may still lie in stay declared until someone has moved the objects and said so in the status. */
export function storedCauses(crd: Crd): StatusCause[] {
  const path = 'status.storedVersions'
  const stored = crd.status?.storedVersions ?? []
  if (stored.length === 0) return [invalidTexts(path, stored, 'must have at least one stored version')]
  const causes: StatusCause[] = []
  for (const { name, storage } of crd.spec.versions) {
    if (storage && !stored.includes(name))
      causes.push(invalidTexts(path, stored, `must have the storage version ${name}`))
  }
  const declared = new Set(crd.spec.versions.map((version) => version.name))
  for (const [index, name] of stored.entries()) {
    if (declared.has(name)) continue
    const why = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`
    causes.push(invalidValue(`${path}[${index}]`, name, why))
  }
  return causes
}

/** A list of texts is shown as Go shows it. */
function invalidTexts(field: string, texts: readonly string[], detail: string): StatusCause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${goTexts(texts)}: ${detail}` }
}
