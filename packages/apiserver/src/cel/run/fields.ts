/** Fields of maps and objects, and of those that may lie in an optional. */

import { optionally, valueAt } from '../library/comparison.ts'
import {
  CelFailure,
  CelList,
  CelMap,
  CelOptional,
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

/** `has(holder.field)` */
export function hasField(holder: CelValue, field: string): CelOutcome {
  if (holder instanceof CelOptional) return holder.value === undefined ? false : hasField(holder.value, field)
  if (!(holder instanceof CelMap)) return noSuchOverload
  const value = holder.get(field)
  return value instanceof CelFailure ? value : value !== undefined
}
