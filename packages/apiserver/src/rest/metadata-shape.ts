/** Turns the `metadata` of a request into ObjectMeta: types checked, nulls dropped, unknown fields named. */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'

type Shape = 'string' | 'integer' | 'texts' | 'strings' | 'owners' | 'objects'

const shapes: Record<string, Shape> = {
  name: 'string',
  generateName: 'string',
  namespace: 'string',
  selfLink: 'string',
  uid: 'string',
  resourceVersion: 'string',
  generation: 'integer',
  creationTimestamp: 'string',
  deletionTimestamp: 'string',
  deletionGracePeriodSeconds: 'integer',
  labels: 'texts',
  annotations: 'texts',
  finalizers: 'strings',
  ownerReferences: 'owners',
  managedFields: 'objects',
}

const ownerShapes: Record<string, 'string' | 'boolean'> = {
  apiVersion: 'string',
  kind: 'string',
  name: 'string',
  uid: 'string',
  controller: 'boolean',
  blockOwnerDeletion: 'boolean',
}

export interface ShapedMetadata {
  metadata: JsonObject
  /** Paths of fields metadata does not have. */
  unknown: string[]
  /** The first wrong type, in words; the object cannot be used then. */
  problem: string | undefined
}

export function shapeMetadata(value: Json | undefined): ShapedMetadata {
  const metadata: JsonObject = {}
  const unknown: string[] = []
  if (value === undefined || value === null) return { metadata, unknown, problem: undefined }
  if (!isJsonObject(value)) return { metadata, unknown, problem: mismatch('metadata', value, 'v1.ObjectMeta') }
  for (const [key, member] of Object.entries(value)) {
    const shape = Object.hasOwn(shapes, key) ? shapes[key] : undefined
    if (shape === undefined) {
      unknown.push(`metadata.${key}`)
      continue
    }
    if (member === null) continue
    const shaped = readers[shape](member, unknown, `metadata.${key}`)
    if (shaped === undefined)
      return { metadata, unknown, problem: mismatch(`metadata.${key}`, ...wrongIn(member, shape)) }
    // Kubernetes never shows an empty map or list of metadata, so `label x-` leaves no `labels: {}`.
    // An empty list of owners is how clients forget all of them.
    if (!isEmpty(shaped) || key === 'managedFields') metadata[key] = shaped
  }
  return { metadata, unknown, problem: undefined }
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** As Go names the types of the fields. */
const types: Record<Shape, string> = {
  string: 'string',
  integer: 'int64',
  texts: 'map[string]string',
  strings: '[]string',
  owners: '[]v1.OwnerReference',
  objects: '[]v1.ManagedFieldsEntry',
}

/** The value that is wrong, which may be inside of the member, and what it should be. */
function wrongIn(member: Json, shape: Shape): [Json, string] {
  const inside = shape === 'texts' && isJsonObject(member) ? Object.values(member) : shape === 'strings' ? member : []
  const item = Array.isArray(inside) ? inside.find((each) => typeof each !== 'string' && each !== null) : undefined
  return item === undefined ? [member, types[shape]] : [item, 'string']
}

function mismatch(field: string, value: Json, expected: string): string {
  const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  const struct = field === 'metadata' ? '' : 'ObjectMeta.'
  return `json: cannot unmarshal ${type} into Go struct field ${struct}${field} of type ${expected}`
}

const readers: Record<Shape, (value: Json, unknown: string[], path: string) => Json | undefined> = {
  string: (value) => (typeof value === 'string' ? value : undefined),
  integer: (value) => (Number.isSafeInteger(value) ? value : undefined),
  texts(value) {
    if (!isJsonObject(value)) return undefined
    const entries = Object.entries(value).map(([key, text]) => [key, text ?? ''] as const)
    return entries.every(([, text]) => typeof text === 'string') ? Object.fromEntries(entries) : undefined
  },
  strings: (value) => (Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined),
  objects: (value) => (Array.isArray(value) && value.every(isJsonObject) ? value : undefined),
  owners(value, unknown, path) {
    if (!Array.isArray(value)) return undefined
    const owners: JsonObject[] = []
    for (const [index, item] of value.entries()) {
      if (!isJsonObject(item)) return undefined
      const owner: JsonObject = {}
      for (const [key, member] of Object.entries(item)) {
        const shape = Object.hasOwn(ownerShapes, key) ? ownerShapes[key] : undefined
        if (shape === undefined) unknown.push(`${path}[${index}].${key}`)
        else if (member !== null && typeof member !== shape) return undefined
        else if (member !== null) owner[key] = member
      }
      owners.push(owner)
    }
    return owners
  },
}
