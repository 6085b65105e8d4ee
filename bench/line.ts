/** What a line of the benchmark is: a name, a budget, and a way to measure it beside something bare in the same run. */

import type { BenchContext } from './context.ts'

/** `ratio` budgets hold on any machine; `value` budgets are what people were promised. */
export interface Budget {
  of: 'value' | 'ratio'
  /** Whether less or more is better. */
  bound: 'at most' | 'at least'
  amount: number
}

export type Unit = 'ms' | 'KiB' | 'MiB' | 'per second' | '%'

export interface Measurement {
  value: number
  unit: Unit
  /** Measured in the same run, on the same machine, under the same load. */
  baseline?: { what: string; value: number }
  /** `value` by `baseline.value`. */
  ratio?: number
  /** There is nothing on this machine to measure it beside. */
  alone?: true
  /** What the reader must know to judge the numbers: sizes, repetitions, other percentiles. */
  note?: string
}

export interface BenchLine {
  name: string
  /** What is measured, for a person. */
  what: string
  /** Undefined when nobody has promised anything. */
  budget: Budget | undefined
  run(context: BenchContext): Promise<Measurement>
}

export type Verdict = 'within' | 'over' | 'no budget'

export function verdictOf(budget: Budget | undefined, { value, ratio, alone }: Measurement): Verdict {
  if (budget === undefined || alone === true) return 'no budget'
  const measured = budget.of === 'value' ? value : ratio
  if (measured === undefined) throw new TypeError('a line with a budget for its ratio measured no baseline')
  return (budget.bound === 'at most' ? measured <= budget.amount : measured >= budget.amount) ? 'within' : 'over'
}

/** A measurement with its ratio worked out. */
export function against(
  baseline: { what: string; value: number },
  measurement: Omit<Measurement, 'baseline' | 'ratio'>,
): Measurement {
  return { ...measurement, baseline, ratio: measurement.value / baseline.value }
}
