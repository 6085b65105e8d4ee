/** Optional values. */

import {
  CelArray,
  CelDuration,
  CelFailure,
  CelList,
  CelMap,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
} from '../values.ts'
import { list, optional, value } from './args.ts'
import { overload, type Library } from './functions.ts'

const none = new CelOptional()
const zeroTime = -62_135_596_800_000_000_000n

/** Whether a value is what its type has when nothing was said. */
function isZero(of: CelValue): boolean {
  if (of === null || of === false || of === '' || of === 0n || of === 0) return true
  if (of instanceof CelUint) return of.value === 0n
  if (of instanceof Uint8Array || of instanceof CelList) return of.length === 0
  if (of instanceof CelMap) return of.size === 0
  if (of instanceof CelDuration) return of.nanos === 0n
  if (of instanceof CelTimestamp) return of.nanos === zeroTime
  return of instanceof CelOptional && (of.value === undefined || isZero(of.value))
}

/** The values of those optionals that have one. */
function unwrap(of: CelList): CelList {
  return new CelArray(
    [...of].flatMap((item) => (item instanceof CelOptional && item.value !== undefined ? [item.value] : [])),
  )
}

export const optionals: Library = [
  overload('optional.of(V): optional<V>', (a) => new CelOptional(value(a, 0))),
  overload('optional.ofNonZeroValue(V): optional<V>', (a) =>
    isZero(value(a, 0)) ? none : new CelOptional(value(a, 0)),
  ),
  overload('optional.none(): optional<V>', () => none),
  overload('(optional<V>).value(): V', (a) => {
    const held = optional(a, 0).value
    return held === undefined ? new CelFailure('optional.none() dereference') : held
  }),
  overload('(optional<V>).hasValue(): bool', (a) => optional(a, 0).value !== undefined),
  // Only their types are used: the evaluator leaves the second operand out when it is not needed.
  overload('(optional<V>).or(optional<V>): optional<V>', (a) => value(a, 0)),
  overload('(optional<V>).orValue(V): V', (a) => value(a, 1)),
  overload('(list<V>).first(): optional<V>', (a) =>
    list(a, 0).length === 0 ? none : new CelOptional(list(a, 0).at(0)),
  ),
  overload('(list<V>).last(): optional<V>', (a) => {
    const items = list(a, 0)
    return items.length === 0 ? none : new CelOptional(items.at(items.length - 1))
  }),
  overload('optional.unwrap(list<optional<V>>): list<V>', (a) => unwrap(list(a, 0))),
  overload('(list<optional<V>>).unwrapOpt(): list<V>', (a) => unwrap(list(a, 0))),
]
