/** Writing one object to the store, and what the store's refusals mean to a client. */

import { StatusError } from '@berth/meta'
import type { Settle } from '../admission/plugin.ts'
import { collectionOf, keyOf } from '../resource/traits.ts'
import { StoreError } from '../storage/store.ts'
import type { ApiObject } from './api-object.ts'
import type { ResourceCall } from './call.ts'
import { encodeObject } from './stored-form.ts'

export interface Place {
  collection: string
  key: string
}

export function placeOf(call: Pick<ResourceCall, 'definition' | 'namespace'>, name: string): Place {
  const { definition, namespace } = call
  return { collection: collectionOf(definition), key: keyOf(definition.namespaced ? namespace : undefined, name) }
}

/** The object as it now stands, in the store's form. */
export interface Written {
  value: Buffer
}

export interface PersistOptions {
  place: Place
  object: ApiObject
  /** As the store's `expect`. */
  expect: number | null
}

/**
 * Puts the object, durably; with dry run it only says what would be there.
 * @throws {StoreError} Conflict when `expect` does not hold
 * @throws {StatusError} when the store cannot write
 */
export async function put(call: ResourceCall, { place, object, expect }: PersistOptions): Promise<Written> {
  call.definition.conversion?.beforeStore?.(object)
  if (call.dryRun) return { value: encodeObject(object, expect ?? undefined) }
  let value: Buffer | undefined
  const encode = (revision: number): Buffer => (value = encodeObject(object, revision))
  await refusals(call.services.store.write([{ op: 'put', ...place, expect, encode }]))
  return { value: value ?? encodeObject(object, undefined) }
}

/** Removes the object; watchers see `object` as its last state. Errors as {@link put}. */
export async function remove(call: ResourceCall, options: PersistOptions & { expect: number }): Promise<Written> {
  const { place, object, expect } = options
  if (call.dryRun) return { value: encodeObject(object, expect) }
  let value: Buffer | undefined
  const encode = (revision: number): Buffer => (value = encodeObject(object, revision))
  await refusals(call.services.store.write([{ op: 'delete', ...place, expect, encode }]))
  return { value: value ?? encodeObject(object, expect) }
}

/** Tells those who admitted a write how it ended. */
export async function settled<T>(call: ResourceCall, settle: Settle, write: () => Promise<T>): Promise<T> {
  let done = false
  try {
    const result = await write()
    done = true
    return result
  } finally {
    settle(done && !call.dryRun)
  }
}

async function refusals<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'Unavailable' || error.code === 'Closed')) {
      throw new StatusError('ServiceUnavailable', `the store cannot write: ${error.message}`, {
        cause: error,
        details: { retryAfterSeconds: 1 },
      })
    }
    throw error
  }
}

export function isStoreConflict(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'Conflict'
}
