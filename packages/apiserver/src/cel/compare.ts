/** The order of CEL values: numbers by value, text by code point, false before true. */

import { compareText } from './text.ts'
import { CelDuration, CelFailure, CelTimestamp, CelUint, noSuchOverload, type CelValue } from './values.ts'

const notOrdered = new CelFailure('NaN values cannot be ordered')

const order = (less: boolean, same: boolean): number => (less ? -1 : same ? 0 : 1)

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return Math.sign(left.length - right.length)
}

const numberOf = (value: CelValue): bigint | number | undefined =>
  typeof value === 'bigint' || typeof value === 'number' ? value : value instanceof CelUint ? value.value : undefined

/** Negative, zero or positive; a failure when the values have no order. */
export function celCompare(left: CelValue, right: CelValue): number | CelFailure {
  const ours = numberOf(left)
  const theirs = numberOf(right)
  if (ours !== undefined && theirs !== undefined) {
    if (Number.isNaN(ours) || Number.isNaN(theirs)) return notOrdered
    // oxlint-disable-next-line eqeqeq
    return order(ours < theirs, ours == theirs)
  }
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right)
  if (left instanceof CelTimestamp && right instanceof CelTimestamp)
    return order(left.nanos < right.nanos, left.nanos === right.nanos)
  if (left instanceof CelDuration && right instanceof CelDuration)
    return order(left.nanos < right.nanos, left.nanos === right.nanos)
  if (left instanceof Uint8Array && right instanceof Uint8Array) return compareBytes(left, right)
  return noSuchOverload
}
