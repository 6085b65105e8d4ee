/** Kubernetes' list library and cel-go's sets. */

import { celCompare } from '../compare.ts'
import { celEquals } from '../equal.ts'
import {
  CelDuration,
  CelFailure,
  CelUint,
  noSuchOverload,
  type CelList,
  type CelOutcome,
  type CelValue,
} from '../values.ts'
import { list, value } from './args.ts'
import { checkedDuration, checkedInt, checkedUint } from './arithmetic.ts'
import { deepTraversal, sizeOf } from './cost.ts'
import { overload, type Library, type Run } from './functions.ts'

const comparable = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes']
const summable = ['int', 'uint', 'double', 'duration']

function isSorted(items: CelList): CelOutcome {
  for (let index = 1; index < items.length; index++) {
    const order = celCompare(items.at(index - 1), items.at(index))
    if (order instanceof CelFailure) return order
    if (order > 0) return false
  }
  return true
}

/** The greatest element, or the least with a sign of -1. */
const extreme =
  (name: string, sign: 1 | -1): Run =>
  (args) => {
    const items = list(args, 0)
    if (items.length === 0) return new CelFailure(`${name} called on empty list`)
    let best = items.at(0)
    for (let index = 1; index < items.length; index++) {
      const order = celCompare(items.at(index), best)
      if (order instanceof CelFailure) return order
      if (order * sign > 0) best = items.at(index)
    }
    return best
  }

function add(left: CelValue, right: CelValue): CelOutcome {
  if (typeof left === 'bigint' && typeof right === 'bigint') return checkedInt(left + right)
  if (typeof left === 'number' && typeof right === 'number') return left + right
  if (left instanceof CelUint && right instanceof CelUint) return checkedUint(left.value + right.value)
  if (left instanceof CelDuration && right instanceof CelDuration) return checkedDuration(left.nanos + right.nanos)
  return noSuchOverload
}

const zeros: Readonly<Record<string, CelValue>> = {
  int: 0n,
  uint: new CelUint(0n),
  double: 0,
  duration: new CelDuration(0n),
}

const sum =
  (zero: CelValue): Run =>
  (args) => {
    const items = list(args, 0)
    let total: CelOutcome = items.length === 0 ? zero : items.at(0)
    for (let index = 1; index < items.length; index++) {
      total = add(total, items.at(index))
      if (total instanceof CelFailure) return total
    }
    return total
  }

const indexOf =
  (last: boolean): Run =>
  (args, budget) => {
    const items = list(args, 0)
    for (let count = 0; count < items.length; count++) {
      const index = last ? items.length - 1 - count : count
      if (celEquals(items.at(index), value(args, 1), budget)) return BigInt(index)
    }
    return -1n
  }

export const lists: Library = [
  ...comparable.map((of) =>
    overload(`(list<${of}>).isSorted(): bool`, (args) => isSorted(list(args, 0)), deepTraversal),
  ),
  ...summable.map((of) => overload(`(list<${of}>).sum(): ${of}`, sum(zeros[of] ?? null), deepTraversal)),
  ...comparable.map((of) => overload(`(list<${of}>).max(): ${of}`, extreme('max', 1), deepTraversal)),
  ...comparable.map((of) => overload(`(list<${of}>).min(): ${of}`, extreme('min', -1), deepTraversal)),
  overload('(list<A>).indexOf(A): int', indexOf(false), deepTraversal),
  overload('(list<A>).lastIndexOf(A): int', indexOf(true), deepTraversal),
]

/** Whether the list holds the element; each look is paid for. */
const holds = (items: CelList, wanted: CelValue, budget: Parameters<Run>[1]): boolean => {
  for (const item of items) if (celEquals(item, wanted, budget)) return true
  return false
}
const holdsAll = (items: CelList, wanted: CelList, budget: Parameters<Run>[1]): boolean => {
  for (const item of wanted) if (!holds(items, item, budget)) return false
  return true
}
const pairs = (args: readonly CelValue[]): number => sizeOf(args[0]) * sizeOf(args[1])
const setCost =
  (passes: number) =>
  (args: readonly CelValue[]): number =>
    1 + pairs(args) * passes

export const sets: Library = [
  overload(
    'sets.contains(list<A>, list<A>): bool',
    (a, budget) => holdsAll(list(a, 0), list(a, 1), budget),
    setCost(1),
  ),
  overload(
    'sets.equivalent(list<A>, list<A>): bool',
    (a, budget) => holdsAll(list(a, 0), list(a, 1), budget) && holdsAll(list(a, 1), list(a, 0), budget),
    setCost(2),
  ),
  overload(
    'sets.intersects(list<A>, list<A>): bool',
    (a, budget) => {
      for (const item of list(a, 0)) if (holds(list(a, 1), item, budget)) return true
      return false
    },
    setCost(1),
  ),
]
