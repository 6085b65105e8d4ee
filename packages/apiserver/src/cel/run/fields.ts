/** Fields of maps and objects, and of those that may lie in an optional. */

import { elementAt, optionally, valueAt } from '../library/comparison.ts'
import { runtimeType } from '../runtime-type.ts'
import { formatType } from '../types.ts'
import {
  CelFailure,
  CelList,
  CelMap,
  CelOptional,
  mapKey,
  noSuchOverload,
  optionalNone,
  type CelOutcome,
  type CelValue,
} from '../values.ts'

/** `holder.field`; in an optional, an optional. */
export function selectField(holder: CelValue, field: string): CelOutcome {
  if (holder instanceof CelMap) return valueAt(holder, field)
  if (holder instanceof CelList) return new CelFailure(`unsupported index type 'string' in list`)
  if (!(holder instanceof CelOptional)) return new CelFailure(`no such key: ${field}`)
  if (holder.value === undefined) return optionalNone
  return optionalField(holder.value, field)
}

/** `holder.?field`. */
export function optionalField(holder: CelValue, field: string): CelOutcome {
  if (holder instanceof CelOptional)
    return holder.value === undefined ? optionalNone : optionalField(holder.value, field)
  return holder instanceof CelMap ? optionally(valueAt(holder, field)) : noSuchOverload
}

/** `holder[key]`, where nothing is known of either. */
export function indexInto(holder: CelValue, key: CelValue): CelOutcome {
  if (holder instanceof CelList) {
    const index = mapKey(key)
    if (typeof index === 'bigint') return elementAt(holder, index)
    return new CelFailure(`unsupported index type '${formatType(runtimeType(key))}' in list`)
  }
  if (holder instanceof CelMap) return valueAt(holder, key)
  if (!(holder instanceof CelOptional)) return new CelFailure(`no such key: ${String(mapKey(key) ?? '')}`)
  return holder.value === undefined ? optionalNone : optionally(indexInto(holder.value, key))
}

/** `has(holder.field)` */
export function hasField(holder: CelValue, field: string): CelOutcome {
  if (holder instanceof CelOptional) return holder.value === undefined ? false : hasField(holder.value, field)
  if (!(holder instanceof CelMap)) return noSuchOverload
  const value = holder.get(field)
  return value instanceof CelFailure ? value : value !== undefined
}
