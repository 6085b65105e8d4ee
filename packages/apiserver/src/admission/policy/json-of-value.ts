/** Values of mutations as JSON. Objects that were built by name must be of the type that belongs to their place. */

import type { Json, JsonObject } from '@berth/meta'
import { setOwn } from '@berth/meta'
import {
  CelDuration,
  CelFailure,
  CelList,
  CelMap,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelOutcome,
  type CelValue,
} from '../../cel/values.ts'

/** The mutation gave something that is no part of an object. */
export class MutationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MutationError'
  }
}

/** Values and characters of one result: a little more than any object may have. */
const maxSize = 4 * 1024 * 1024

/** What a result may still hold. Values share their parts, so that a small one can be endless once it is written out. */
class Room {
  #left = maxSize

  take(size: number): void {
    this.#left -= size
    if (this.#left < 0) throw new MutationError(`the expression gives more than ${maxSize} values and characters`)
  }
}

/**
 * @param place the type an object built by name must have here: `Object.spec` inside of `spec`
 * @throws MutationError
 */
export function jsonOfValue(value: CelValue, place: string): Json {
  return jsonOf(value, place, new Room())
}

function jsonOf(value: CelValue, place: string, room: Room): Json {
  room.take(typeof value === 'string' || value instanceof Uint8Array ? value.length + 1 : 1)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return numberOf(value)
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value
    throw new MutationError(`the number ${value} has no place in an object`)
  }
  if (value instanceof CelUint) return numberOf(value.value)
  if (value instanceof CelList) return [...value].map((item) => jsonOf(item, place, room))
  if (value instanceof CelMap) return objectOf(value, place, room)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof CelTimestamp) {
    return new Date(Number(value.nanos / 1_000_000n)).toISOString().replace('.000Z', 'Z')
  }
  if (value instanceof CelDuration) return `${Number(value.nanos) / 1e9}s`
  throw new MutationError('the expression gives a value that has no place in an object')
}

function numberOf(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new MutationError(`the number ${value} is too large`)
  return number
}

function objectOf(map: CelMap, place: string, room: Room): JsonObject {
  const type = map.objectType
  if (type?.kind === 'object' && type.name !== place) {
    throw new MutationError(
      `type mismatch: unexpected type name ${JSON.stringify(type.name)}, expected ${JSON.stringify(place)}, which matches field name path from root Object type`,
    )
  }
  const object: JsonObject = {}
  for (const key of map.keys()) {
    if (typeof key !== 'string') throw new MutationError('the keys of an object must be strings')
    room.take(key.length)
    const value = known(map.get(key))
    if (value instanceof CelOptional) {
      if (value.value !== undefined) setOwn(object, key, jsonOf(value.value, `${place}.${key}`, room))
    } else setOwn(object, key, jsonOf(value, `${place}.${key}`, room))
  }
  return object
}

function known(outcome: CelOutcome | undefined): CelValue {
  if (outcome instanceof CelFailure) throw new MutationError(outcome.message)
  return outcome ?? null
}
