/** The operators that compare, and those that ask what a list or map holds. */

import { celCompare } from '../compare.ts'
import { celEquals } from '../equal.ts'
import { runtimeType } from '../runtime-type.ts'
import {
  CelFailure,
  CelOpaque,
  CelOptional,
  mapKey,
  type CelList,
  type CelMap,
  type CelOutcome,
  type CelValue,
} from '../values.ts'
import { codePointLength } from '../text.ts'
import { formatType } from '../types.ts'
import { bool, int, list, map, optional, value } from './args.ts'
import { shorter, sizeOf, spendWork } from './cost.ts'
import { overload, type Cost, type Library, type Run } from './functions.ts'

const equalityCost: Cost = (args) => (args[0] instanceof CelOpaque ? 1 : shorter(args))

const equality =
  (wanted: boolean): Run =>
  (args, budget) =>
    celEquals(value(args, 0), value(args, 1), budget) === wanted

const comparisons = {
  '_<_': (order: number) => order < 0,
  '_<=_': (order: number) => order <= 0,
  '_>_': (order: number) => order > 0,
  '_>=_': (order: number) => order >= 0,
}

const pairs: readonly (readonly [string, string])[] = [
  ...['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'].map((of) => [of, of] as const),
  ['int', 'double'],
  ['int', 'uint'],
  ['uint', 'double'],
  ['uint', 'int'],
  ['double', 'int'],
  ['double', 'uint'],
]

const orders: Library = Object.entries(comparisons).flatMap(([name, holds]) =>
  pairs.map(([left, right]) => {
    const run: Run = (args) => {
      const order = celCompare(value(args, 0), value(args, 1))
      return order instanceof CelFailure ? order : holds(order)
    }
    const long = left === 'string' || left === 'bytes'
    return overload(`${name}(${left}, ${right}): bool`, run, long ? shorter : undefined)
  }),
)

export function elementAt(of: CelList, index: bigint): CelOutcome {
  const at = Number(index)
  return at < 0 || at >= of.length ? new CelFailure(`index out of bounds: ${index}`) : of.at(at)
}

const shownKey = (key: CelValue): string => String(mapKey(key) ?? formatType(runtimeType(key)))

export function valueAt(of: CelMap, key: CelValue): CelOutcome {
  const found = of.get(key)
  return found === undefined ? new CelFailure(`no such key: ${shownKey(key)}`) : found
}

function isIn(wanted: CelValue, of: CelList, budget: Parameters<Run>[1]): boolean {
  for (let index = 0; index < of.length; index++) if (celEquals(of.at(index), wanted, budget)) return true
  return false
}

/** `a[?i]` and `a.?b`: an optional that is empty when there is nothing. */
export function optionally(outcome: CelOutcome | undefined): CelOutcome {
  if (outcome instanceof CelFailure) return new CelOptional()
  return new CelOptional(outcome)
}

/** Looks into what an optional holds; what is empty stays empty. */
const within =
  (look: (args: readonly CelValue[]) => CelOutcome): Run =>
  (args) => {
    const held = optional(args, 0).value
    return held === undefined ? new CelOptional() : optionally(look([held, value(args, 1)]))
  }

const listIndex = (args: readonly CelValue[]): CelOutcome => elementAt(list(args, 0), int(args, 1))
const mapIndex = (args: readonly CelValue[]): CelOutcome => valueAt(map(args, 0), value(args, 1))

export const comparison: Library = [
  overload('_==_(A, A): bool', equality(true), equalityCost),
  overload('_!=_(A, A): bool', equality(false), equalityCost),
  ...orders,
  overload('!_(bool): bool', (args) => !bool(args, 0)),
  // Only their types are used: the evaluator runs them itself, because they may leave out an operand.
  overload('_?_:_(bool, A, A): A', () => false),
  overload('_&&_(bool, bool): bool', () => false),
  overload('_||_(bool, bool): bool', () => false),
  overload(
    '@in(A, list<A>): bool',
    (args, budget) => isIn(value(args, 0), list(args, 1), budget),
    (args) => sizeOf(args[1]),
  ),
  overload('@in(A, map<A, B>): bool', (args) => map(args, 1).get(value(args, 0)) !== undefined),
  overload('_[_](list<A>, int): A', listIndex),
  overload('_[_](map<A, B>, A): B', mapIndex),
  overload('_[_](optional<list<A>>, int): optional<A>', within(listIndex)),
  overload('_[_](optional<map<A, B>>, A): optional<B>', within(mapIndex)),
  overload('_[?_](list<A>, int): optional<A>', (args) => optionally(listIndex(args))),
  overload('_[?_](optional<list<A>>, int): optional<A>', within(listIndex)),
  overload('_[?_](map<A, B>, A): optional<B>', (args) => optionally(mapIndex(args))),
  overload('_[?_](optional<map<A, B>>, A): optional<B>', within(mapIndex)),
  ...['bytes', 'list<A>', 'map<A, B>', 'string'].flatMap((of) => {
    const run: Run = (args, budget) => {
      const [held] = args
      if (typeof held !== 'string') return BigInt(sizeOf(held))
      spendWork(budget, held.length)
      return BigInt(codePointLength(held))
    }
    return [overload(`size(${of}): int`, run), overload(`(${of}).size(): int`, run)]
  }),
]
