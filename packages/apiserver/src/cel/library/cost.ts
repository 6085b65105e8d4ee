/** What calls cost when they run, as Kubernetes' cost model has it, and the extra that bounds our own work. */

import type { CelBudget } from '../budget.ts'
import { CelList, CelMap, CelOpaque, CelOptional, type CelValue } from '../values.ts'
import type { Cost } from './functions.ts'

/** The cost of looking at one character. */
export const perCharacter = 0.1
const regexPerCharacter = 0.25

/** The size of a value as the cost model has it; text in UTF-16 units, which is never less than its code points. */
export function sizeOf(value: CelValue | undefined): number {
  if (typeof value === 'string' || value instanceof Uint8Array || value instanceof CelList) return value.length
  if (value instanceof CelMap || value instanceof CelOpaque) return value.size
  if (value instanceof CelOptional && value.value !== undefined) return sizeOf(value.value)
  return 1
}

/** One pass over the first argument, or `factor` of them. */
export const traversal =
  (factor = 1): Cost =>
  (args) =>
    Math.ceil(sizeOf(args[0]) * factor * perCharacter)

/** Comparing, as far as the shorter of two values goes. */
export const shorter: Cost = (args) => Math.ceil(Math.min(sizeOf(args[0]), sizeOf(args[1])) * perCharacter)

/** Making one text of two. */
export const concatenation: Cost = (args) => Math.ceil((sizeOf(args[0]) + sizeOf(args[1])) * perCharacter)

export const containment: Cost = (args) =>
  Math.ceil(sizeOf(args[0]) * perCharacter) * Math.ceil(sizeOf(args[1]) * perCharacter)

export function regexCost(length: number, patternLength: number): number {
  return Math.ceil((1 + length) * perCharacter) * Math.ceil(patternLength * regexPerCharacter)
}

export const matching: Cost = (args) => regexCost(sizeOf(args[0]), sizeOf(args[1]))

/** How many values a pass looks at; the rest is taken to be like them, so that finding the cost costs little. */
const mostLooked = 1000

/** A pass over all that a value holds. */
export const deepTraversal: Cost = (args) => {
  const [first] = args
  return first === undefined ? 0 : traverse(first, { left: mostLooked })
}

function traverse(value: CelValue, looks: { left: number }): number {
  looks.left--
  if (typeof value === 'string' || value instanceof Uint8Array) return Math.trunc(value.length * perCharacter)
  if (!(value instanceof CelList)) return 1
  let cost = 0
  let looked = 0
  for (; looked < value.length && looks.left > 0; looked++) cost += traverse(value.at(looked), looks)
  return looked === value.length ? cost : Math.ceil((Math.max(cost, looked, 1) / Math.max(looked, 1)) * value.length)
}

/**
 * Work that the cost model takes to be constant, or leaves out, though it grows with a value: it is charged from the
 * point on where it starts to matter, so that small values cost what they cost in Kubernetes.
 */
export function spendWork(budget: CelBudget, units: number): void {
  if (units > 200) budget.spend(Math.floor(units / 50))
}
