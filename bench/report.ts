/** Words and JSON for what was measured. */

import { verdictOf, type BenchLine, type Budget, type Measurement, type Unit, type Verdict } from './line.ts'

export type Outcome =
  | { line: BenchLine; measurement: Measurement; verdict: Verdict }
  /** It could not be measured; the others go on. */
  | { line: BenchLine; failure: string }

export function outcomeOf(line: BenchLine, measurement: Measurement): Outcome {
  return { line, measurement, verdict: verdictOf(line.budget, measurement) }
}

export function isGood(outcome: Outcome): boolean {
  return 'verdict' in outcome && outcome.verdict !== 'over'
}

const header = ['line', 'value', 'budget', 'baseline', 'ratio', '']

export function table(outcomes: readonly Outcome[]): string {
  const rows = [header, ...outcomes.map(rowOf)]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const text = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [...text, '', ...outcomes.map(explanationOf)].join('\n')
}

function rowOf(outcome: Outcome): string[] {
  const { line } = outcome
  if ('failure' in outcome) return [line.name, '-', budgetText(line.budget, undefined), '-', '-', 'NOT MEASURED']
  const { measurement, verdict } = outcome
  const { value, unit, baseline, ratio } = measurement
  return [
    line.name,
    amountText(value, unit),
    budgetText(line.budget, unit),
    baseline === undefined ? '-' : amountText(baseline.value, unit),
    ratio === undefined ? '-' : `${ratio.toFixed(2)}x`,
    verdict === 'over' ? 'OVER' : verdict === 'within' ? 'ok' : '',
  ]
}

function explanationOf(outcome: Outcome): string {
  const { line } = outcome
  if ('failure' in outcome) return `${line.name}: ${line.what}. Not measured: ${outcome.failure}`
  const { baseline, note } = outcome.measurement
  return [
    `${line.name}: ${line.what}`,
    ...(note === undefined ? [] : [note]),
    ...(baseline === undefined ? [] : [`baseline: ${baseline.what}`]),
  ].join('; ')
}

function amountText(amount: number, unit: Unit): string {
  const digits = amount >= 100 ? 0 : 1
  return unit === 'per second' ? `${amount.toFixed(digits)}/s` : `${amount.toFixed(digits)} ${unit}`
}

function budgetText(budget: Budget | undefined, unit: Unit | undefined): string {
  if (budget === undefined) return '-'
  const sign = budget.bound === 'at most' ? '<=' : '>='
  if (budget.of === 'ratio' || unit === undefined) return `${sign} ${budget.amount}${budget.of === 'ratio' ? 'x' : ''}`
  return `${sign} ${amountText(budget.amount, unit)}`
}

export interface RunDescription {
  quick: boolean
  node: string
  processors: { model: string; count: number }
  memoryBytes: number
  /** Processes that wanted a processor, on average of the last minute, before the run: above their count, times are too long. */
  loadBefore: number
}

export function json(run: RunDescription, outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => {
    const { name, what, budget } = outcome.line
    const rest =
      'failure' in outcome ? { failure: outcome.failure } : { ...outcome.measurement, verdict: outcome.verdict }
    return { name, what, ...(budget === undefined ? {} : { budget }), ...rest }
  })
  return JSON.stringify({ ...run, lines: rows }, undefined, 2)
}
