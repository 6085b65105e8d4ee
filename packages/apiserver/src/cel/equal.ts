/** Equality of CEL values: numbers by value over all their types, values of different kinds are never equal. */

import type { CelBudget } from './budget.ts'
import { formatType } from './types.ts'
import {
  CelDuration,
  CelFailure,
  CelList,
  CelMap,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
} from './values.ts'

type Numeric = bigint | number

const numberOf = (value: CelValue): Numeric | undefined =>
  typeof value === 'bigint' || typeof value === 'number' ? value : value instanceof CelUint ? value.value : undefined

/** Whether two values are equal; what containers hold is paid for, as one comparison at the top is already. */
export function celEquals(left: CelValue, right: CelValue, budget: CelBudget, nested = false): boolean {
  if (typeof left === 'string' || typeof left === 'boolean' || left === null) return left === right
  const ours = numberOf(left)
  if (ours !== undefined) {
    const theirs = numberOf(right)
    // Number and bigint compare by their exact values.
    // oxlint-disable-next-line eqeqeq
    return theirs !== undefined && ours == theirs
  }
  if (left instanceof CelList) return right instanceof CelList && listsEqual(left, right, { budget, nested })
  if (left instanceof CelMap) return right instanceof CelMap && mapsEqual(left, right, { budget, nested })
  if (left instanceof CelTimestamp) return right instanceof CelTimestamp && left.nanos === right.nanos
  if (left instanceof CelDuration) return right instanceof CelDuration && left.nanos === right.nanos
  if (left instanceof Uint8Array) return right instanceof Uint8Array && bytesEqual(left, right)
  if (left instanceof CelTypeValue) return right instanceof CelTypeValue && sameTypeValue(left, right)
  if (left instanceof CelOptional) {
    if (!(right instanceof CelOptional)) return false
    if (left.value === undefined || right.value === undefined) return left.value === right.value
    return celEquals(left.value, right.value, budget, true)
  }
  return left instanceof CelOpaque && right instanceof CelOpaque && left.equals(right)
}

/** Parameters do not count at run time: a list is a list. */
function sameTypeValue(left: CelTypeValue, right: CelTypeValue): boolean {
  if (left.type.kind !== right.type.kind) return false
  const named = left.type.kind === 'object' || left.type.kind === 'opaque'
  return !named || formatType(left.type).split('(')[0] === formatType(right.type).split('(')[0]
}

function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

/** What a comparison spends, and whether it is one of values inside of others. */
interface Comparison {
  readonly budget: CelBudget
  readonly nested: boolean
}

/**
 * Kubernetes charges a comparison by the size of the outer values alone. So that deep or long ones do not come for
 * nothing, the elements of inner ones are paid for, and those of outer ones from some number on.
 */
function spendElements({ budget, nested }: Comparison, count: number): void {
  if (nested || count > 16) budget.spend(0.1 + count / 10)
}

function listsEqual(left: CelList, right: CelList, comparison: Comparison): boolean {
  if (left.length !== right.length) return false
  const correlation = left.correlation ?? right.correlation
  if (correlation !== undefined) {
    const others = new Map<string, CelValue>()
    for (const element of right) others.set(correlation.keyOf(element), element)
    spendElements(comparison, left.length * 4)
    for (const element of left) {
      const other = others.get(correlation.keyOf(element))
      if (other === undefined || !celEquals(element, other, comparison.budget, true)) return false
    }
    return true
  }
  spendElements(comparison, left.length)
  for (let index = 0; index < left.length; index++)
    if (!celEquals(left.at(index), right.at(index), comparison.budget, true)) return false
  return true
}

function mapsEqual(left: CelMap, right: CelMap, comparison: Comparison): boolean {
  if (left === right) return true
  if (left.size !== right.size) return false
  spendElements(comparison, left.size * 2)
  for (const key of left.keys()) {
    const ours = left.get(key)
    const theirs = right.get(key)
    if (ours === undefined || ours instanceof CelFailure || theirs === undefined || theirs instanceof CelFailure)
      return false
    if (!celEquals(ours, theirs, comparison.budget, true)) return false
  }
  return true
}
