/** What an expression comes to over a few variables, as text; for tables in tests. */

import { CelBudget, perCallLimit } from '../budget.ts'
import { compileCel } from '../compile.ts'
import { celEnvironment } from '../environment.ts'
import { CelCompileError, CelEvaluationError } from '../errors.ts'
import { formatDouble } from '../library/double-text.ts'
import { formatDurationText, formatTimestampText } from '../library/time-text.ts'
import { dynType, formatType, intType, listType, mapType, stringType } from '../types.ts'
import {
  CelArray,
  CelDuration,
  CelFailure,
  celRecord,
  CelList,
  CelMap,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelOutcome,
  type CelValue,
} from '../values.ts'

export const testEnvironment = celEnvironment({
  libraries: 'kubernetes',
  variables: {
    self: dynType,
    s: stringType,
    i: intType,
    l: listType(intType),
    m: mapType(stringType, intType),
    ls: listType(stringType),
    mixed: listType(dynType),
  },
})

const testBindings: Readonly<Record<string, CelValue>> = {
  s: 'hello world',
  i: 7n,
  l: new CelArray([3n, 1n, 2n]),
  m: celRecord({ a: 1n, b: 2n }),
  ls: new CelArray(['b', 'a', 'c']),
  mixed: new CelArray([1n, 'x', 2.5]),
  self: celRecord({
    name: 'vm-1',
    cpus: 4n,
    ratio: 1.5,
    tags: new CelArray(['x', 'y']),
    nested: celRecord({ a: 1n }),
    no: null,
  }),
}

/** Values as CEL writes them, near enough. */
export function show(value: CelOutcome): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Number.isInteger(value) ? `${formatDouble(value)}.0` : formatDouble(value)
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (value instanceof CelUint) return `${value.value}u`
  if (value instanceof CelList) return `[${Array.from(value, show).join(', ')}]`
  if (value instanceof CelMap) {
    const entries = Array.from(value.keys(), (key) => `${show(key)}: ${show(value.get(key) ?? null)}`)
    return `{${entries.join(', ')}}`
  }
  if (value instanceof CelOptional) return value.value === undefined ? 'none' : `some ${show(value.value)}`
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
  if (value instanceof CelTypeValue) return formatType(value.type)
  if (value instanceof CelDuration) return formatDurationText(value.nanos)
  if (value instanceof CelTimestamp) return formatTimestampText(value.nanos)
  return value instanceof CelFailure ? `failure: ${value.message}` : formatType(value.type)
}

/** The value; `error: …` when there is none, `refused: …` when it does not compile. */
export function run(expression: string): string {
  try {
    return show(compileCel(expression, testEnvironment).evaluate(testBindings, new CelBudget(perCallLimit)))
  } catch (error) {
    if (error instanceof CelEvaluationError) return `error: ${error.message}`
    if (error instanceof CelCompileError) return `refused: ${error.message}`
    throw error
  }
}

/** What the evaluation spent, and what it was estimated to when nothing is known of sizes. */
export function costs(expression: string): { spent: number; min: number; max: number } {
  const program = compileCel(expression, testEnvironment)
  const budget = new CelBudget(perCallLimit)
  try {
    program.evaluate(testBindings, budget)
  } catch (error) {
    if (!(error instanceof CelEvaluationError)) throw error
  }
  return { spent: budget.spent, ...program.estimateCost(() => undefined) }
}
