/** JSON as CEL sees it where no schema says more: read in place, not converted as a whole. */

import { isJsonObject, ownMember, type Json, type JsonObject } from '@berth/meta'
import { CelList, CelMap, type CelValue } from '../../cel/values.ts'

export function celOfJson(value: Json): CelValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  // JSON does not tell the two apart; Go takes a number without a fraction for an integer.
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value
  return Array.isArray(value) ? new JsonList(value) : isJsonObject(value) ? new JsonMap(value) : null
}

class JsonList extends CelList {
  readonly #items: readonly Json[]

  constructor(items: readonly Json[]) {
    super()
    this.#items = items
  }

  get length(): number {
    return this.#items.length
  }

  at(index: number): CelValue {
    return celOfJson(this.#items[index] ?? null)
  }
}

class JsonMap extends CelMap {
  readonly #object: JsonObject

  constructor(object: JsonObject) {
    super()
    this.#object = object
  }

  get size(): number {
    return Object.keys(this.#object).length
  }

  get(key: CelValue): CelValue | undefined {
    const value = typeof key === 'string' ? ownMember(this.#object, key) : undefined
    return value === undefined ? undefined : celOfJson(value)
  }

  keys(): Iterable<CelValue> {
    return Object.keys(this.#object)
  }
}
