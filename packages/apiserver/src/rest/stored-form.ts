/** The bytes of an object in the store: storage version, `apiVersion` and `kind` first, so that they can be swapped unread. */

import { apiVersionOf } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { storageVersionOf } from '../resource/traits.ts'
import type { ApiObject } from './api-object.ts'

/** @param revision becomes `metadata.resourceVersion`; none for an object that was never stored (dry run) */
export function encodeObject(object: ApiObject, revision: number | undefined): Buffer {
  const { apiVersion, kind, metadata, ...rest } = object
  const { resourceVersion: _, ...others } = metadata
  const stamped = revision === undefined ? others : { ...others, resourceVersion: String(revision) }
  return lastingBuffer(JSON.stringify({ apiVersion, kind, metadata: stamped, ...rest }))
}

/** With memory of its own: these bytes stay for long, and a piece of Node's shared pool would keep all its neighbours with it. */
function lastingBuffer(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}

/** A fresh object: callers may change it. */
export function decodeStored(value: Buffer): ApiObject {
  // The store holds only what encodeObject made.
  return JSON.parse(value.toString('utf8')) as ApiObject
}

/**
 * What a write through `version` builds on: the stored object in storage version, with what that version prunes and defaults where
 * schemas can change.
 */
export function stateOf(definition: ResourceDefinition, version: string, value: Buffer): ApiObject {
  if (definition.conversion === undefined) return decodeStored(value)
  const object = decodeStored(definition.conversion.read(version, value))
  object.apiVersion = apiVersionOf({ group: definition.group, version: storageVersionOf(definition) })
  return object
}

/** Whether the bytes are what a write would store today; older ones are written again even when nothing changes. */
export function isCurrentForm(definition: ResourceDefinition, value: Buffer): boolean {
  return (
    definition.conversion?.read(storageVersionOf(definition), value) === value || definition.conversion === undefined
  )
}

/** The bytes as clients of `version` see them. Versions differ in name only, so only the head of the text changes. */
export function inVersion(definition: ResourceDefinition, version: string, value: Buffer): Buffer {
  if (definition.conversion !== undefined) return definition.conversion.read(version, value)
  const storage = storageVersionOf(definition)
  if (version === storage) return value
  const head = Buffer.from(
    `{"apiVersion":${JSON.stringify(apiVersionOf({ group: definition.group, version: storage }))}`,
  )
  const replacement = `{"apiVersion":${JSON.stringify(apiVersionOf({ group: definition.group, version }))}`
  if (value.subarray(0, head.length).equals(head)) {
    return Buffer.concat([Buffer.from(replacement), value.subarray(head.length)])
  }
  const object = decodeStored(value)
  return Buffer.from(JSON.stringify({ ...object, apiVersion: apiVersionOf({ group: definition.group, version }) }))
}
