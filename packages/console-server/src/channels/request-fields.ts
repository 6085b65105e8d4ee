/** Reads what a browser asks of a channel; it may have sent anything. */

import { isJsonObject, type JsonObject } from '@berth/meta'
import type { ObjectReference } from '@berth/view'
import { ConsoleError } from '../errors.ts'

/** The longest name Kubernetes knows. */
const maxLength = 253

/** @throws {ConsoleError} BadRequest with the field, as all of these */
export function readFields(request: unknown): JsonObject {
  if (!isJsonObject(request)) throw new ConsoleError('BadRequest', 'request must be an object')
  return request
}

export function readText(fields: JsonObject, name: string): string {
  const value = fields[name]
  if (typeof value === 'string' && value !== '' && value.length <= maxLength) return value
  throw new ConsoleError('BadRequest', `request.${name} must be a text of 1 to ${maxLength} characters`)
}

/** Of a path: what could leave its segment is refused here and not only by the cluster. */
export function readSegment(fields: JsonObject, name: string): string {
  const value = readText(fields, name)
  if (/^[A-Za-z0-9]([\w.:-]*[A-Za-z0-9])?$/.test(value)) return value
  throw new ConsoleError('BadRequest', `request.${name} must be a name of the cluster's API`)
}

/** A machine: cluster, namespace and name. */
export function readMachine(request: unknown): { cluster: string; namespace: string; name: string } {
  const fields = readFields(request)
  return {
    cluster: readText(fields, 'cluster'),
    namespace: readSegment(fields, 'namespace'),
    name: readSegment(fields, 'name'),
  }
}

export function readReference(request: unknown): ObjectReference {
  const fields = readFields(request)
  const { group, namespace } = fields
  return {
    cluster: readText(fields, 'cluster'),
    group: group === '' ? '' : readSegment(fields, 'group'),
    version: readSegment(fields, 'version'),
    resource: readSegment(fields, 'resource'),
    ...(namespace === undefined ? {} : { namespace: readSegment(fields, 'namespace') }),
    name: readSegment(fields, 'name'),
  }
}
