/** How libraries declare functions: one line of signature and what the overload does. */

import type { CelBudget } from '../budget.ts'
import type { CelType } from '../types.ts'
import type { CelOutcome, CelValue } from '../values.ts'
import { parseSignature } from './signature.ts'

export interface CelOverload {
  /** `string.charAt(int): string` */
  readonly signature: string
  readonly member: boolean
  /** The target first, when there is one. */
  readonly parameters: readonly CelType[]
  readonly result: CelType
  /** Whether the types hold type variables. */
  readonly generic: boolean
  /** Fails with a CelFailure, never by throwing, except when the budget is spent. */
  readonly run: (args: readonly CelValue[], budget: CelBudget) => CelOutcome
  /** Kubernetes' cost of the call, spent before it runs; 1 unless given. */
  readonly cost?: (args: readonly CelValue[]) => number
}

export interface CelFunction {
  readonly name: string
  readonly overloads: readonly CelOverload[]
}

export type FunctionTable = ReadonlyMap<string, CelFunction>

export type Run = CelOverload['run']
export type Cost = NonNullable<CelOverload['cost']>

/**
 * One overload.
 * @param signature `size(string): int`, `list<T>.indexOf(T): int`; operators have cel-go's names (`_+_(int, int): int`)
 */
export function overload(signature: string, run: Run, cost?: Cost): readonly [name: string, overload: CelOverload] {
  const { name, member, parameters, result, generic } = parseSignature(signature)
  return [name, { signature, member, parameters, result, generic, run, ...(cost === undefined ? {} : { cost }) }]
}

export type Library = readonly (readonly [name: string, overload: CelOverload])[]

export function functionTable(...libraries: readonly Library[]): FunctionTable {
  const table = new Map<string, { name: string; overloads: CelOverload[] }>()
  for (const [name, entry] of libraries.flat()) {
    const known = table.get(name)
    if (known === undefined) table.set(name, { name, overloads: [entry] })
    else known.overloads.push(entry)
  }
  return table
}
