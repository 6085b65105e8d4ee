/** The macros that go over lists and maps, as loops with the costs of the folds that cel-go makes of them. */

import type { CelBudget } from '../budget.ts'
import type { LoopNode } from '../syntax/ast.ts'
import {
  CelArray,
  CelEntries,
  CelFailure,
  CelList,
  CelMap,
  mapKey,
  noSuchOverload,
  type CelOutcome,
  type CelValue,
} from '../values.ts'
import type { Frame, Planning, Step } from './step.ts'

/**
 * What a turn of each macro costs besides its own parts, and what it costs when an element counts. Finding that a loop
 * is decided takes another look before the next element.
 */
const turnCosts = {
  all: { turn: 3, counted: 0, decided: 2 },
  exists: { turn: 4, counted: 0, decided: 3 },
  existsOne: { turn: 0, counted: 2, decided: 0 },
  filter: { turn: 0, counted: 13, decided: 0 },
  map: { turn: 0, counted: 12, decided: 0 },
  transformList: { turn: 0, counted: 12, decided: 0 },
  transformMap: { turn: 0, counted: 3, decided: 0 },
  transformMapEntry: { turn: 0, counted: 2, decided: 0 },
} as const

/** Goes over what the range holds until the turn says to stop. */
type Each = (
  range: CelValue,
  frame: Frame,
  turn: (first: CelValue, isLast: boolean) => boolean,
) => CelFailure | undefined

function eachElement(slots: readonly number[]): Each {
  const [one = 0, two] = slots
  return (range, frame, turn) => {
    if (range instanceof CelList) {
      for (let index = 0; index < range.length; index++) {
        const element = range.at(index)
        frame.slots[one] = two === undefined ? element : BigInt(index)
        if (two !== undefined) frame.slots[two] = element
        if (!turn(two === undefined ? element : BigInt(index), index === range.length - 1)) return undefined
      }
      return undefined
    }
    if (!(range instanceof CelMap)) return noSuchOverload
    let left = range.size
    for (const key of range.keys()) {
      left--
      frame.slots[one] = key
      if (two !== undefined) {
        const value = range.get(key)
        if (value instanceof CelFailure) return value
        frame.slots[two] = value ?? null
      }
      if (!turn(key, left === 0)) return undefined
    }
    return undefined
  }
}

interface Loop {
  readonly range: Step
  readonly each: Each
  readonly condition: Step | undefined
  readonly result: Step | undefined
  readonly cost: { readonly turn: number; readonly counted: number; readonly decided: number }
}

/** `all` and `exists`: the first element that decides ends it; failures count only when none does. */
function planQuantifier({ range, each, condition, cost }: Loop, decides: boolean): Step {
  return (frame) => {
    const over = range(frame)
    if (over instanceof CelFailure) return over
    let outcome: CelOutcome = !decides
    const failure = each(over, frame, (_, isLast) => {
      frame.budget.spend(cost.turn)
      const held = condition?.(frame) ?? noSuchOverload
      if (held === decides) {
        outcome = decides
        if (!isLast) frame.budget.spend(cost.decided)
        return false
      }
      if (held !== !decides && !(outcome instanceof CelFailure))
        outcome = held instanceof CelFailure ? held : noSuchOverload
      return true
    })
    frame.budget.spend(1)
    return failure ?? outcome
  }
}

/** Whether the element counts; a failure when that cannot be told. */
function counts(condition: Step | undefined, frame: Frame): boolean | CelFailure {
  if (condition === undefined) return true
  const held = condition(frame)
  if (typeof held === 'boolean') return held
  return held instanceof CelFailure ? held : noSuchOverload
}

/** Loops that gather: each element that counts is taken in, the first failure is the outcome. */
function planGathering(
  { range, each, condition, cost }: Loop,
  begin: () => {
    take: (first: CelValue, frame: Frame) => CelFailure | undefined
    end: (budget: CelBudget) => CelOutcome
  },
): Step {
  return (frame) => {
    const over = range(frame)
    if (over instanceof CelFailure) return over
    const gathered = begin()
    let failed: CelFailure | undefined
    const failure = each(over, frame, (first) => {
      frame.budget.spend(cost.turn)
      const held = counts(condition, frame)
      if (held === true) {
        frame.budget.spend(cost.counted)
        failed = gathered.take(first, frame)
      } else if (held !== false) failed = held
      return failed === undefined
    })
    frame.budget.spend(1)
    return failure ?? failed ?? gathered.end(frame.budget)
  }
}

type Gathered = Map<string | bigint | boolean, readonly [CelValue, CelValue]>

function insert(into: Gathered, key: CelValue, value: CelValue): CelFailure | undefined {
  const at = mapKey(key)
  if (at === undefined) return noSuchOverload
  if (into.has(at)) return new CelFailure(`insert failed: key ${String(at)} already exists`)
  into.set(at, [key, value])
  return undefined
}

function planTransform(loop: Loop, macro: 'transformMap' | 'transformMapEntry'): Step {
  return planGathering(loop, () => {
    const made: Gathered = new Map()
    return {
      take: (key, frame) => {
        const result = loop.result === undefined ? noSuchOverload : loop.result(frame)
        if (result instanceof CelFailure) return result
        if (macro === 'transformMap') return insert(made, key, result)
        if (!(result instanceof CelMap)) return noSuchOverload
        if (result.size > 1) frame.budget.spend(result.size)
        for (const entry of result.keys()) {
          const value = result.get(entry)
          const failure = value instanceof CelFailure ? value : insert(made, entry, value ?? null)
          if (failure !== undefined) return failure
        }
        return undefined
      },
      end: () => new CelEntries(made),
    }
  })
}

/** The loop's elements, or what is made of them. */
function planList(loop: Loop): Step {
  return planGathering(loop, () => {
    const items: CelValue[] = []
    return {
      take: (first, frame) => {
        const item = loop.result === undefined ? first : loop.result(frame)
        if (item instanceof CelFailure) return item
        items.push(item)
        return undefined
      },
      end: () => new CelArray(items),
    }
  })
}

export function planLoop(planner: Planning, node: LoopNode): Step {
  const range = planner.plan(node.range)
  const names = node.variable2 === undefined ? [node.variable] : [node.variable, node.variable2]
  return planner.scoped(names, (slots) => {
    const loop: Loop = {
      range,
      each: eachElement(slots),
      condition: node.condition === undefined ? undefined : planner.plan(node.condition),
      result: node.result === undefined ? undefined : planner.plan(node.result),
      cost: turnCosts[node.macro],
    }
    switch (node.macro) {
      case 'all':
        return planQuantifier(loop, false)
      case 'exists':
        return planQuantifier(loop, true)
      case 'existsOne':
        return planGathering(loop, () => {
          let count = 0
          return {
            take: () => {
              count++
              return undefined
            },
            end: (budget) => {
              budget.spend(1)
              return count === 1
            },
          }
        })
      case 'filter':
      case 'map':
      case 'transformList':
        return planList(loop)
      case 'transformMap':
      case 'transformMapEntry':
        return planTransform(loop, node.macro)
    }
  })
}
