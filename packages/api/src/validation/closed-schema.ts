/**
 * KubeVirt's second look at a spec: where the published schema keeps what it does not know (a template's metadata, a domain's clock), its
 * webhook knows better. These causes have a message and nothing else.
 */

import { isJsonObject, type StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'

const metadataFields: Record<string, 'string' | 'integer' | 'array' | 'object' | 'any'> = {
  annotations: 'object',
  // Some clients write null here.
  creationTimestamp: 'any',
  deletionGracePeriodSeconds: 'integer',
  deletionTimestamp: 'string',
  finalizers: 'array',
  generateName: 'string',
  generation: 'integer',
  labels: 'object',
  managedFields: 'array',
  name: 'string',
  namespace: 'string',
  ownerReferences: 'array',
  resourceVersion: 'string',
  selfLink: 'string',
  uid: 'string',
}
const clockFields = ['timer', 'timezone', 'utc']

/** Longer lists help nobody. */
const maxCauses = 50

/** @param field path of the metadata: `spec.template.metadata` */
export function closedMetadata(metadata: unknown, field: string): StatusCause[] {
  if (metadata === undefined || metadata === null) return []
  if (!isJsonObject(metadata)) return [wrongType(field, 'object', metadata)]
  const causes = Object.entries(metadata).flatMap(([key, value]) => {
    const at = `${field}.${key}`
    const type = Object.hasOwn(metadataFields, key) ? metadataFields[key] : undefined
    if (type === undefined) return [unknownField(field, key)]
    if (type === 'any' || value === null) return []
    if (!isOf(value, type)) return [wrongType(at, type, value)]
    return key === 'labels' || key === 'annotations' ? texts(value, at) : []
  })
  return causes.slice(0, maxCauses)
}

/** @param field path of the spec */
export function closedSpec({ domain }: VirtualMachineInstanceSpec, field: string): StatusCause[] {
  const clock: object = domain.clock ?? {}
  return Object.keys(clock)
    .filter((key) => !clockFields.includes(key))
    .slice(0, maxCauses)
    .map((key) => unknownField(`${field}.domain.clock`, key))
}

function texts(map: unknown, field: string): StatusCause[] {
  if (!isJsonObject(map)) return []
  return Object.entries(map).flatMap(([key, value]) =>
    typeof value === 'string' ? [] : [wrongType(`${field}.${key}`, 'string', value)],
  )
}

function unknownField(field: string, key: string): StatusCause {
  return { message: `${field}.${key} in body is a forbidden property` }
}

function wrongType(field: string, type: string, value: unknown): StatusCause {
  return { message: `${field} in body must be of type ${type}: "${typeOf(value)}"` }
}

function isOf(value: unknown, type: string): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeOf(value) === type
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
