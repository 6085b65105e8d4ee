/**
 * The values of CEL. int is a bigint and double a number, so that the two never mix; uint has a class of its own.
 * Lists and maps are abstract, so that objects from JSON are read in place instead of converted as a whole.
 */

import type { CelType } from './types.ts'

export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelUint
  | CelList
  | CelMap
  | CelTimestamp
  | CelDuration
  | CelTypeValue
  | CelOptional
  | CelOpaque

/** Why an expression has no value. It travels as a value, because `||` and `&&` may absorb it. */
export class CelFailure {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

export type CelOutcome = CelValue | CelFailure

export const noSuchOverload = new CelFailure('no such overload')

export class CelUint {
  readonly value: bigint
  constructor(value: bigint) {
    this.value = value
  }
}

/** An instant, in nanoseconds since 1970. */
export class CelTimestamp {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

export class CelDuration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

export class CelTypeValue {
  readonly type: CelType
  constructor(type: CelType) {
    this.type = type
  }
}

export class CelOptional {
  readonly value: CelValue | undefined
  constructor(value?: CelValue) {
    this.value = value
  }
}

export const optionalNone = new CelOptional()

/** A value of a library: a URL, a quantity, an authorizer. */
export abstract class CelOpaque {
  abstract readonly type: CelType
  abstract equals(other: CelOpaque): boolean
  /** What Kubernetes' cost model takes as the size of the value. */
  get size(): number {
    return 1
  }
}

export abstract class CelList {
  abstract readonly length: number
  /** The element, which must exist. */
  abstract at(index: number): CelValue
  /** How elements are told apart when order does not count (x-kubernetes-list-type). */
  get correlation(): ListCorrelation | undefined {
    return undefined
  }

  *[Symbol.iterator](): Iterator<CelValue> {
    for (let index = 0; index < this.length; index++) yield this.at(index)
  }
}

/** Lists of type `set` and `map` are equal in any order, and merge when added. */
export interface ListCorrelation {
  /** What identifies the element among the others. */
  keyOf(element: CelValue): string
}

export class CelArray extends CelList {
  readonly items: readonly CelValue[]
  constructor(items: readonly CelValue[]) {
    super()
    this.items = items
  }
  get length(): number {
    return this.items.length
  }
  at(index: number): CelValue {
    return this.items[index] ?? null
  }
}

export abstract class CelMap {
  abstract readonly size: number
  /** The value at the key; undefined when there is none; a failure when its value has none. */
  abstract get(key: CelValue): CelOutcome | undefined
  abstract keys(): Iterable<CelValue>
  /** Set for objects that were built with a type's name. */
  get objectType(): CelType | undefined {
    return undefined
  }
}

/** Keys that are equal in CEL are the same here: 1, 1u and 1.0 are one key. */
export function mapKey(key: CelValue): string | bigint | boolean | undefined {
  if (typeof key === 'string' || typeof key === 'bigint' || typeof key === 'boolean') return key
  if (key instanceof CelUint) return key.value
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : undefined
}

type MapEntries = ReadonlyMap<string | bigint | boolean, readonly [key: CelValue, value: CelValue]>

export class CelEntries extends CelMap {
  readonly entries: MapEntries
  readonly #objectType: CelType | undefined

  constructor(entries: MapEntries, objectType?: CelType) {
    super()
    this.entries = entries
    this.#objectType = objectType
  }
  get size(): number {
    return this.entries.size
  }
  override get objectType(): CelType | undefined {
    return this.#objectType
  }
  get(key: CelValue): CelValue | undefined {
    const at = mapKey(key)
    return at === undefined ? undefined : this.entries.get(at)?.[1]
  }
  *keys(): Iterable<CelValue> {
    for (const [key] of this.entries.values()) yield key
  }
}

/** A map with text keys. */
export function celRecord(record: Readonly<Record<string, CelValue>>): CelMap {
  return new CelEntries(new Map(Object.entries(record).map(([key, value]) => [key, [key, value]])))
}

/** A record whose values are found when they are first asked for, as `variables` of an admission policy. */
export class CelLazyRecord extends CelMap {
  readonly #values = new Map<string, CelOutcome>()
  readonly #makers: ReadonlyMap<string, () => CelOutcome>

  /** @param makers give a value once, at its first use; one that throws CelEvaluationError must return a CelFailure */
  constructor(makers: ReadonlyMap<string, () => CelOutcome>) {
    super()
    this.#makers = makers
  }
  get size(): number {
    return this.#makers.size
  }
  get(key: CelValue): CelOutcome | undefined {
    if (typeof key !== 'string') return undefined
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const value = this.#makers.get(key)?.()
    if (value !== undefined) this.#values.set(key, value)
    return value
  }
  keys(): Iterable<CelValue> {
    return this.#makers.keys()
  }
}
