/**
 * The JSONPath of printer columns and of kubectl-like tools: `.a.b`, `['a.b/c']`, `[0]`, `[-1]`, `[1:3]`, `[*]`, `['a','b']`,
 * `..name`, `[?(@.type=="Ready")].status`, with optional braces and a leading `$`. Grammar: kubectl's reference of JSONPath.
 */

import { MetaError } from './errors.ts'
import { isJsonObject, ownMember } from './json.ts'
import type { Json } from './object.ts'

type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='
type Operand = { kind: 'path'; path: JsonPath } | { kind: 'literal'; value: Json }

type Step =
  | { kind: 'members'; names: string[] }
  | { kind: 'elements'; indexes: number[] }
  | { kind: 'slice'; start: number | undefined; end: number | undefined; step: number }
  | { kind: 'all' }
  | { kind: 'descend' }
  | { kind: 'filter'; left: Operand; test?: { comparison: Comparison; right: Operand } }

/** A parsed path; make it once, evaluate it often. */
export type JsonPath = readonly Step[]

const maxLength = 4096
/** More values than any table cell or wait condition needs; bounds `..` over a hostile object. */
const maxValues = 10_000

/** @throws {MetaError} InvalidJsonPath */
export function parseJsonPath(text: string): JsonPath {
  const trimmed = text.trim()
  const inner = trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1).trim() : trimmed
  if (inner.length > maxLength) throw refuse(text, 0, `it is longer than ${maxLength} characters`)
  const reader = new Reader(inner)
  const path = reader.path()
  if (!reader.atEnd()) throw refuse(inner, reader.at, 'it cannot be read from here on')
  return path
}

function refuse(text: string, at: number, why: string): MetaError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return new MetaError('InvalidJsonPath', `invalid JSONPath "${shown}" at character ${at + 1}: ${why}`, {
    remedy: 'Write it like .status.conditions[?(@.type=="Ready")].status.',
  })
}

class Reader {
  readonly text: string
  at = 0
  #depth = 0

  constructor(text: string) {
    this.text = text
  }

  atEnd(): boolean {
    return this.at >= this.text.length
  }

  fail(why: string): never {
    throw refuse(this.text, this.at, why)
  }

  match(pattern: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(pattern.source, 'y')
    sticky.lastIndex = this.at
    const found = sticky.exec(this.text)
    if (found === null) return undefined
    this.at = sticky.lastIndex
    return found
  }

  path(): JsonPath {
    const steps: Step[] = []
    this.match(/[$@]/)
    // A column may leave out the first dot: `spec.x` is `.spec.x`.
    const bare = this.match(/[A-Za-z_][-\w]*/)
    if (bare !== undefined) steps.push({ kind: 'members', names: [bare[0]] })
    for (;;) {
      const step = this.step(steps)
      if (step === undefined) return steps
      steps.push(step)
    }
  }

  step(before: Step[]): Step | undefined {
    if (this.match(/\.\./)) {
      before.push({ kind: 'descend' })
      if (this.match(/\*/)) return { kind: 'all' }
      return this.text[this.at] === '[' ? this.bracket() : this.name()
    }
    if (this.match(/\.\*/)) return { kind: 'all' }
    // `.[0]` and a lone dot for the whole object are both in use.
    if (this.match(/\.(?=\[|$)/)) return this.atEnd() ? undefined : this.bracket()
    if (this.match(/\./)) return this.name()
    return this.text[this.at] === '[' ? this.bracket() : undefined
  }

  name(): Step {
    const found = this.match(/(?:\\.|[^\\.[\]{}()=!<>&|\s'",])+/) ?? this.fail('a field name is missing')
    return { kind: 'members', names: [found[0].replaceAll(/\\(.)/g, '$1')] }
  }

  bracket(): Step {
    this.match(/\[\s*/)
    const step = this.inBracket()
    if (!this.match(/\s*\]/)) this.fail('"]" is missing')
    return step
  }

  inBracket(): Step {
    if (this.match(/\*/)) return { kind: 'all' }
    if (this.match(/\?\s*\(/)) return this.filter()
    const slice = this.match(/(-?\d{1,9})?:(-?\d{1,9})?(?::(\d{1,9}))?/)
    if (slice !== undefined) {
      const [start, end, step] = slice.slice(1).map((text) => (text === undefined ? undefined : Number(text)))
      if (step === 0) this.fail('the step of a slice cannot be 0')
      return { kind: 'slice', start, end, step: step ?? 1 }
    }
    const names: string[] = []
    const indexes: number[] = []
    do {
      const index = this.match(/\s*(-?\d{1,9})/)
      if (index === undefined) names.push(this.quoted() ?? this.fail('an index, * or a quoted name is missing'))
      else indexes.push(Number(index[1]))
    } while (this.match(/\s*,/))
    if (names.length > 0 && indexes.length > 0) this.fail('names and indexes cannot be mixed')
    return names.length > 0 ? { kind: 'members', names } : { kind: 'elements', indexes }
  }

  quoted(): string | undefined {
    const found = this.match(/\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")/)
    return (found?.[1] ?? found?.[2])?.replaceAll(/\\(.)/g, '$1')
  }

  filter(): Step {
    this.#depth += 1
    if (this.#depth > 8) this.fail('filters nest too deep')
    const left = this.operand()
    const comparison = this.match(/\s*(==|!=|<=|>=|<|>)/)
    const step: Step =
      comparison === undefined
        ? { kind: 'filter', left }
        : { kind: 'filter', left, test: { comparison: comparison[1] as Comparison, right: this.operand() } }
    if (!this.match(/\s*\)/)) this.fail('")" is missing')
    this.#depth -= 1
    return step
  }

  operand(): Operand {
    this.match(/\s+/)
    if (this.text[this.at] === '@') return { kind: 'path', path: this.path() }
    const text = this.quoted()
    if (text !== undefined) return { kind: 'literal', value: text }
    const word = this.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/)
    if (word === undefined) this.fail('@.field, a quoted text, a number, true, false or null is missing')
    // Exactly what the pattern admits is valid JSON, but for leading zeros, which Number reads.
    const literal = /^-?\d/.test(word[0]) ? Number(word[0]) : { true: true, false: false, null: null }[word[0]]
    return { kind: 'literal', value: literal ?? null }
  }
}

/** The values a path selects, in document order; empty when it selects nothing. At most 10,000. */
export function jsonPathValues(path: JsonPath, value: unknown): Json[] {
  // What is selected from a JSON value is JSON.
  let current = [value as Json]
  for (const step of path) {
    const next: Json[] = []
    for (const each of current) {
      select(step, each, next)
      if (next.length >= maxValues) break
    }
    current = next.slice(0, maxValues)
  }
  return current
}

function select(step: Step, value: Json, into: Json[]): void {
  switch (step.kind) {
    case 'members':
      if (!isJsonObject(value)) return
      for (const name of step.names) {
        const member = ownMember(value, name)
        if (member !== undefined) into.push(member)
      }
      return
    case 'elements':
      if (!Array.isArray(value)) return
      for (const index of step.indexes) {
        const element = value.at(index)
        if (element !== undefined) into.push(element)
      }
      return
    case 'slice':
      if (!Array.isArray(value)) return
      append(
        into,
        value.slice(step.start, step.end).filter((_, index) => index % step.step === 0),
      )
      return
    case 'all':
      append(into, children(value))
      return
    case 'descend':
      descend(value, into)
      return
    case 'filter':
      append(
        into,
        children(value).filter((each) => passes(step, each)),
      )
  }
}

/** Not `push(...values)`: as arguments, a very long list does not fit the stack. */
function append(into: Json[], values: Json[]): void {
  for (const value of values.slice(0, maxValues)) into.push(value)
}

function children(value: Json): Json[] {
  if (Array.isArray(value)) return value
  return isJsonObject(value) ? Object.values(value) : []
}

function descend(value: Json, into: Json[]): void {
  if (into.length >= maxValues) return
  into.push(value)
  for (const child of children(value)) descend(child, into)
}

function passes(step: Extract<Step, { kind: 'filter' }>, element: Json): boolean {
  const left = operandValue(step.left, element)
  if (step.test === undefined) return left !== undefined
  const right = operandValue(step.test.right, element)
  if (left === undefined || right === undefined) return false
  return comparisons[step.test.comparison](left, right)
}

const comparisons: Record<Comparison, (left: Json, right: Json) => boolean> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => ordered(left, right) < 0,
  '<=': (left, right) => ordered(left, right) <= 0,
  '>': (left, right) => ordered(left, right) > 0,
  '>=': (left, right) => ordered(left, right) >= 0,
}

function operandValue(operand: Operand, element: Json): Json | undefined {
  return operand.kind === 'literal' ? operand.value : jsonPathValues(operand.path, element)[0]
}

/** Order of two numbers or two texts; NaN, which no comparison holds for, for anything else. */
function ordered(left: Json, right: Json): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right)
  return Number.NaN
}
