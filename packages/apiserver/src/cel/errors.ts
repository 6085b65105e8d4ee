/** The two ways an expression fails besides its budget: it does not compile, or it has no value. */

import { codePointLength } from './text.ts'

export interface CelIssue {
  /** Where in the expression, as an offset in UTF-16 units; -1 for the expression as a whole. */
  readonly at: number
  readonly message: string
}

const maxIssues = 100

interface Position {
  /** From 1. */
  line: number
  /** From 1, in code points. */
  column: number
  text: string
}

function positionOf(source: string, at: number): Position {
  const before = source.slice(0, at)
  const start = before.lastIndexOf('\n') + 1
  const end = source.indexOf('\n', start)
  return {
    line: before.split('\n').length,
    column: codePointLength(source.slice(start, at)) + 1,
    text: source.slice(start, end < 0 ? undefined : end),
  }
}

/** An issue with its line of source and a caret below the place, as cel-go shows it. */
function describeIssue(source: string, { at, message }: CelIssue): string {
  if (at < 0) return `ERROR: <input>:-1:0: ${message}`
  if (source === '') return `ERROR: <input>:1:0: ${message}`
  const { line, column, text } = positionOf(source, at)
  const dots = Array.from(text).slice(0, column - 1)
  // A wide character gets a wide dot, so that the caret stays below its place.
  const caret = dots.map((char) => (char.charCodeAt(0) > 0x7f ? '．' : '.')).join('')
  const pad = '.'.repeat(Math.max(0, column - 1 - dots.length))
  const here = Array.from(text)[column - 1]
  const mark = here !== undefined && here.charCodeAt(0) > 0x7f ? '＾' : '^'
  return `ERROR: <input>:${line}:${column}: ${message}\n | ${text.replaceAll('\t', ' ')}\n | ${caret}${pad}${mark}`
}

/** The expression does not compile. The message is cel-go's: each issue with its place in the source. */
export class CelCompileError extends Error {
  readonly issues: readonly CelIssue[]

  constructor(source: string, issues: readonly CelIssue[]) {
    const sorted = [...issues].sort((left, right) => left.at - right.at)
    const shown = sorted.slice(0, maxIssues).map((issue) => describeIssue(source, issue))
    if (sorted.length > maxIssues) shown.push(`${sorted.length - maxIssues} more errors were truncated`)
    super(shown.join('\n'))
    this.name = 'CelCompileError'
    this.issues = sorted
  }
}

/** The expression compiles, but a part that depends on nothing fails already: `int('x')`, `s.find('[')`. */
export class CelProgramError extends CelCompileError {
  constructor(message: string) {
    super('', [])
    this.name = 'CelProgramError'
    this.message = message
  }
}

/** The expression has no value: `no such key: x`, `division by zero`, `no such overload`… */
export class CelEvaluationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CelEvaluationError'
  }
}
