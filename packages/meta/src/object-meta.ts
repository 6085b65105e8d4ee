/** What every object's metadata must fulfil (apimachinery `pkg/api/validation`, ValidateObjectMeta). */

import { forbiddenValue, invalidValue, requiredValue, tooLong } from './causes.ts'
import {
  generateNameProblems,
  isDns1123Label,
  isLabelValue,
  isQualifiedName,
  nameProblems,
  type NameKind,
} from './names.ts'
import { parseApiVersion, type ObjectMeta, type OwnerReference } from './object.ts'
import type { StatusCause } from './status.ts'

/** Faults of one part of metadata that are looked for; more are not worth the time. */
const maxFaults = 1000

/** Keys and values of all annotations together. */
const maxAnnotationBytes = 256 * 1024

export interface ObjectMetaRules {
  namespaced: boolean
  /** `dns1123Subdomain` unless the kind says otherwise. */
  nameKind?: NameKind
  /** Where the metadata sits; `metadata` unless it is an embedded object's. */
  field?: string
}

/**
 * Causes for everything wrong in `meta`, in Kubernetes' order and words. Run it after a name was generated: an object
 * whose name is still missing is refused.
 */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): StatusCause[] {
  const { namespaced, nameKind = 'dns1123Subdomain', field = 'metadata' } = rules
  return [
    ...nameCauses(meta, nameKind, field),
    ...namespaceCauses(meta.namespace ?? '', namespaced, `${field}.namespace`),
    ...generationCauses(meta.generation ?? 0, `${field}.generation`),
    ...validateLabels(meta.labels ?? {}, `${field}.labels`),
    ...validateAnnotations(meta.annotations ?? {}, `${field}.annotations`),
    ...ownerCauses(meta.ownerReferences ?? [], `${field}.ownerReferences`),
    ...finalizerCauses(meta.finalizers ?? [], `${field}.finalizers`),
  ]
}

function nameCauses({ name = '', generateName = '' }: ObjectMeta, kind: NameKind, field: string): StatusCause[] {
  const causes: StatusCause[] = []
  if (generateName !== '') {
    for (const problem of generateNameProblems(kind, generateName)) {
      causes.push(invalidValue(`${field}.generateName`, generateName, problem))
    }
  }
  if (name === '') causes.push(requiredValue(`${field}.name`, 'name or generateName is required'))
  else for (const problem of nameProblems(kind, name)) causes.push(invalidValue(`${field}.name`, name, problem))
  return causes
}

function namespaceCauses(namespace: string, namespaced: boolean, field: string): StatusCause[] {
  if (!namespaced) return namespace === '' ? [] : [forbiddenValue(field, 'not allowed on this type')]
  if (namespace === '') return [requiredValue(field)]
  return isDns1123Label(namespace).map((problem) => invalidValue(field, namespace, problem))
}

function generationCauses(generation: number, field: string): StatusCause[] {
  return generation < 0 ? [invalidValue(field, generation, 'must be greater than or equal to 0')] : []
}

/** Causes for label keys and values; `field` is the path of the map. */
export function validateLabels(labels: Record<string, string>, field: string): StatusCause[] {
  const causes: StatusCause[] = []
  for (const [key, value] of Object.entries(labels)) {
    if (causes.length >= maxFaults) break
    for (const problem of isQualifiedName(key)) causes.push(invalidValue(field, key, problem))
    for (const problem of isLabelValue(value)) causes.push(invalidValue(field, value, problem))
  }
  return causes
}

/** Causes for annotation keys and their total size; values are free. */
export function validateAnnotations(annotations: Record<string, string>, field: string): StatusCause[] {
  const causes: StatusCause[] = []
  let size = 0
  for (const [key, value] of Object.entries(annotations)) {
    size += utf8Length(key) + utf8Length(value)
    if (causes.length >= maxFaults) continue
    // Annotation keys may be upper case throughout, also in their prefix.
    for (const problem of isQualifiedName(key.toLowerCase())) causes.push(invalidValue(field, key, problem))
  }
  if (size > maxAnnotationBytes) causes.push(tooLong(field, maxAnnotationBytes))
  return causes
}

/** Bytes of a text in UTF-8; this package has no encoder of its own (neither Node nor DOM globals). */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    // A surrogate pair is two units and four bytes, so each half adds one.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return bytes
}

function ownerCauses(owners: OwnerReference[], field: string): StatusCause[] {
  const causes: StatusCause[] = []
  let controller: string | undefined
  let controllers = 0
  for (const owner of owners) {
    if (causes.length >= maxFaults) break
    const { group, version } = parseApiVersion(owner.apiVersion ?? '')
    // With two slashes it names nothing.
    if (version === '' || group.includes('/') || version.includes('/')) {
      causes.push(invalidValue(`${field}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'))
    }
    for (const key of ['kind', 'name', 'uid'] as const) {
      if ((owner[key] ?? '') === '') causes.push(invalidValue(`${field}.${key}`, '', `${key} must not be empty`))
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      causes.push(invalidValue(field, owner, '/v1, Kind=Event is disallowed from being an owner'))
    }
    if (owner.controller !== true) continue
    controllers += 1
    // Each says all owners again: a few tell enough.
    if (controller !== undefined && controllers <= 4) {
      const both = `${controller} and ${owner.name}`
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${both}`
      causes.push(invalidValue(field, owners, detail))
    }
    controller = owner.name
  }
  return causes
}

function finalizerCauses(finalizers: string[], field: string): StatusCause[] {
  const causes: StatusCause[] = []
  for (const finalizer of finalizers) {
    if (causes.length >= maxFaults) break
    for (const problem of isQualifiedName(finalizer)) causes.push(invalidValue(field, finalizer, problem))
  }
  // Both say how dependents are deleted, and they contradict each other.
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    causes.push(invalidValue(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
  return causes
}
