/**
 * Stored objects of custom kinds as a version shows them. What lies in the store was written under the schema of its time: it is
 * pruned and defaulted anew when it is read, so that clients never see what today's schema does not have.
 */

import { apiVersionOf, applyDefaults, isJsonObject, parseApiVersion, prune, type Schema } from '@berth/meta'
import type { StoredConversion } from '../resource/definition.ts'
import { decodeStored } from '../rest/stored-form.ts'

/** @param schemas by version */
export function storedReader(group: string, storage: string, schemas: ReadonlyMap<string, Schema>): StoredConversion {
  // By the stored bytes, which never change; most objects are already as the version shows them, and stand for themselves.
  const kept = new Map<string, WeakMap<Buffer, Buffer>>()
  const shown = (version: string, value: Buffer): Buffer => {
    const text = value.toString('utf8')
    const object = decodeStored(value)
    const own = schemas.get(parseApiVersion(object.apiVersion).version)
    const target = schemas.get(version) ?? {}
    object.apiVersion = apiVersionOf({ group, version })
    // Defaults are those of the version the object lies in; a version only shows what it knows of that.
    const first = own ?? target
    prune(object, first, {})
    applyDefaults(object, first, {})
    if (first !== target) prune(object, target, {})
    const now = JSON.stringify(object)
    return now === text ? value : Buffer.from(now)
  }
  return {
    read(version, value) {
      let known = kept.get(version)
      if (known === undefined) {
        known = new WeakMap()
        kept.set(version, known)
      }
      let bytes = known.get(value)
      if (bytes === undefined) {
        bytes = shown(version, value)
        known.set(value, bytes)
      }
      return bytes
    },
    beforeStore(object) {
      const schema = schemas.get(storage)
      if (schema !== undefined && isJsonObject(object)) prune(object, schema, {})
    },
  }
}
