/** Regular expressions. They match in linear time and pay for their steps, so that no pattern can stop the server. */

import { MetaError, SafeRegex } from '@berth/meta'
import type { CelBudget } from '../budget.ts'
import { CelArray, CelFailure, type CelOutcome } from '../values.ts'
import { int, text } from './args.ts'
import { matching } from './cost.ts'
import { overload, type Library, type Run } from './functions.ts'

const compiled = new Map<string, SafeRegex | CelFailure>()
/** Patterns are mostly literals of rules; computed ones must not fill the memory. */
const maxCompiled = 1000
/** Steps of all of them: each may hold some hundred bytes. */
const maxCompiledSteps = 200_000
let compiledSteps = 0
/** What compiling a pattern that is no good is taken to have made: counts are written out before there are too many. */
const failedSteps = 20_000

/** The matcher of a pattern, or what is wrong with it in the words of Go's regexp. */
export function regexOf(pattern: string): SafeRegex | CelFailure {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const made = compileRegex(pattern)
  const steps = made instanceof CelFailure ? 0 : made.size
  if (compiled.size >= maxCompiled || compiledSteps + steps > maxCompiledSteps) {
    compiled.clear()
    compiledSteps = 0
  }
  compiled.set(pattern, made)
  compiledSteps += steps
  return made
}

function compileRegex(pattern: string): SafeRegex | CelFailure {
  try {
    return new SafeRegex(pattern)
  } catch (error) {
    if (error instanceof MetaError) return new CelFailure(error.message)
    throw error
  }
}

/** Steps are smaller than a unit of cost. What the call itself has cost pays for as many as an honest pattern takes. */
const stepsPerUnit = 2
const freeStepsPerUnit = 12

function spender(budget: CelBudget, paid: number): (steps: number) => void {
  let free = paid * freeStepsPerUnit
  return (steps) => {
    free -= steps
    if (free >= 0) return
    budget.spend(-free / stepsPerUnit)
    free = 0
  }
}

/** Steps of a program that cost nothing to make, as patterns people write have them. */
const freeSteps = 100
const unitsPerStep = 5

/**
 * Compiling takes time in the length of the pattern, and in that of the program, where counts are written out: neither must be
 * free for patterns that are made as it goes.
 */
function compileFor(pattern: string, budget: CelBudget): SafeRegex | CelFailure {
  const isNew = !compiled.has(pattern)
  if (isNew && pattern.length > 100) budget.spend(pattern.length)
  const regex = regexOf(pattern)
  if (!isNew) return regex
  const tooLarge = regex instanceof CelFailure && regex.message.endsWith('expression too large')
  const steps = regex instanceof CelFailure ? (tooLarge ? failedSteps : 0) : regex.size
  budget.spend(Math.max(0, steps - freeSteps) * unitsPerStep)
  return regex
}

function withRegex(
  run: (regex: SafeRegex, args: Parameters<Run>[0], spend: (steps: number) => void) => CelOutcome,
): Run {
  return (args, budget) => {
    const regex = compileFor(text(args, 1), budget)
    return regex instanceof CelFailure ? regex : run(regex, args, spender(budget, matching(args)))
  }
}

const illegal =
  (run: Run): Run =>
  (args, budget) => {
    const outcome = run(args, budget)
    return outcome instanceof CelFailure ? new CelFailure(`Illegal regex: ${outcome.message}`) : outcome
  }

const matches = withRegex((regex, args, spend) => regex.test(text(args, 0), spend))

const find = illegal(
  withRegex((regex, args, spend) => {
    const found = regex.find(text(args, 0), spend)
    return found === undefined ? '' : text(args, 0).slice(found.start, found.end)
  }),
)

const findAll = illegal(
  withRegex((regex, args, spend) => {
    const wanted = args.length > 2 ? int(args, 2) : -1n
    const found = regex.findAll(text(args, 0), wanted < 0n ? { spend } : { spend, limit: Number(wanted) })
    return new CelArray(found.map(({ start, end }) => text(args, 0).slice(start, end)))
  }),
)

export const patterns: Library = [
  overload('matches(string, string): bool', matches, matching),
  overload('(string).matches(string): bool', matches, matching),
  overload('(string).find(string): string', find, matching),
  overload('(string).findAll(string): list<string>', findAll, matching),
  overload('(string).findAll(string, int): list<string>', findAll, matching),
]
