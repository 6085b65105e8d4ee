/** Text: the functions of the language and of Kubernetes' strings extension. Offsets count code points. */

import { codePoints, isPlain } from '../text.ts'
import { CelArray, CelFailure, type CelOutcome } from '../values.ts'
import { int, list, text } from './args.ts'
import { containment, deepTraversal, perCharacter, sizeOf, spendWork, traversal } from './cost.ts'
import { overload, type Cost, type Library, type Run } from './functions.ts'
import { formatText } from './string-format.ts'

const outOfRange = (index: bigint): CelFailure => new CelFailure(`index out of range: ${index}`)

/** A text by code points, without taking it apart when they are its UTF-16 units. */
class Points {
  readonly #text: string
  readonly #points: readonly string[] | undefined

  constructor(of: string) {
    this.#text = of
    this.#points = isPlain(of) ? undefined : codePoints(of)
  }
  get length(): number {
    return this.#points?.length ?? this.#text.length
  }
  slice(from: number, to?: number): string {
    return this.#points?.slice(from, to).join('') ?? this.#text.slice(from, to)
  }
  /** An offset in code points as one in UTF-16 units. */
  unit(point: number): number {
    return this.#points === undefined ? point : this.slice(0, point).length
  }
  /** The other way. */
  point(unit: number): number {
    return this.#points === undefined || unit < 0 ? unit : codePoints(this.#text.slice(0, unit)).length
  }
}

/** Both lengths and searches scan the text, whatever the cost model says. */
function points(of: string, budget: Parameters<Run>[1]): Points {
  spendWork(budget, of.length)
  return new Points(of)
}

const indexOf: Run = (args, budget) => {
  const from = args.length > 2 ? int(args, 2) : 0n
  const within = points(text(args, 0), budget)
  if (text(args, 1) === '') return from
  if (from < 0n) return outOfRange(from)
  if (from >= BigInt(within.length)) return -1n
  return BigInt(within.point(text(args, 0).indexOf(text(args, 1), within.unit(Number(from)))))
}

const lastIndexOf: Run = (args, budget) => {
  const within = points(text(args, 0), budget)
  if (text(args, 1) === '') return args.length > 2 ? int(args, 2) : BigInt(within.length)
  const from = args.length > 2 ? int(args, 2) : BigInt(within.length - 1)
  if (from < 0n) return outOfRange(from)
  if (from >= BigInt(within.length)) return -1n
  return BigInt(within.point(text(args, 0).lastIndexOf(text(args, 1), within.unit(Number(from)))))
}

function charAt(of: Points, index: bigint): CelOutcome {
  if (index < 0n || index > BigInt(of.length)) return outOfRange(index)
  return of.slice(Number(index), Number(index) + 1)
}

const substring: Run = (args, budget) => {
  const within = points(text(args, 0), budget)
  const from = int(args, 1)
  const to = args.length > 2 ? int(args, 2) : BigInt(within.length)
  if (args.length > 2 && from > to) return new CelFailure(`invalid substring range. start: ${from}, end: ${to}`)
  if (from < 0n || from > BigInt(within.length)) return outOfRange(from)
  if (to < 0n || to > BigInt(within.length)) return outOfRange(to)
  return within.slice(Number(from), Number(to))
}

/** What a result holds beyond what the cost of its call covers is paid for, so that no text grows for nothing. */
function pay(budget: Parameters<Run>[1], length: number): void {
  if (length > 1000) budget.spend(length * perCharacter)
}

const replace: Run = (args, budget) => {
  const [of, old, by] = [text(args, 0), text(args, 1), text(args, 2)]
  const wanted = args.length > 3 ? int(args, 3) : -1n
  const limit = wanted < 0n ? Infinity : Number(wanted)
  if (limit === 0) return of
  const pieces: string[] = []
  let length = of.length
  let at = 0
  const gaps = old === '' ? codePoints(of) : undefined
  for (let count = 0; count < limit; count++) {
    const found = gaps === undefined ? of.indexOf(old, at) : count <= gaps.length ? at : -1
    if (found < 0) break
    pieces.push(of.slice(at, found), by)
    length += by.length
    pay(budget, by.length)
    at = found + old.length
    if (gaps !== undefined) {
      const char = gaps[count] ?? ''
      pieces.push(char)
      at += char.length
    }
  }
  pieces.push(of.slice(at))
  pay(budget, length - of.length)
  return pieces.join('')
}

const split: Run = (args, budget) => {
  const [of, separator] = [text(args, 0), text(args, 1)]
  const wanted = args.length > 2 ? int(args, 2) : -1n
  const limit = wanted < 0n ? Infinity : Number(wanted)
  if (limit === 0) return new CelArray([])
  spendWork(budget, of.length * 10)
  const all = separator === '' ? codePoints(of) : of.split(separator)
  if (all.length <= limit) return new CelArray(all)
  return new CelArray([...all.slice(0, limit - 1), all.slice(limit - 1).join(separator)])
}

/** What Go's unicode.IsSpace takes for space. */
const space = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/

function trim(of: string): string {
  let from = 0
  let to = of.length
  while (from < to && space.test(of.charAt(from))) from++
  while (to > from && space.test(of.charAt(to - 1))) to--
  return of.slice(from, to)
}

const escapes: Readonly<Record<string, string>> = {
  '\u0007': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\u000b': String.raw`\v`,
  '\\': String.raw`\\`,
  '"': String.raw`\"`,
}

const quote = (of: string): string =>
  // Half of a surrogate pair is no text.
  // oxlint-disable-next-line no-control-regex -- they are what is escaped
  `"${of.toWellFormed().replaceAll(/[\u0007\b\f\n\r\t\u000b\\"]/g, (char) => escapes[char] ?? char)}"`

const joinedLength = (args: Parameters<Cost>[0]): number => {
  let length = 0
  const items = list(args, 0)
  for (let index = 0; index < items.length; index++) length += sizeOf(items.at(index))
  return length + Math.max(0, items.length - 1) * (args.length > 1 ? text(args, 1).length : 0)
}
const joinCost: Cost = (args) => Math.ceil(joinedLength(args) * 2 * perCharacter)

const join: Run = (args, budget) => {
  spendWork(budget, list(args, 0).length * 10)
  const parts: string[] = []
  for (const item of list(args, 0)) {
    if (typeof item !== 'string') return new CelFailure(`no such overload`)
    parts.push(item)
  }
  return parts.join(args.length > 1 ? text(args, 1) : '')
}

export const strings: Library = [
  overload('(string).contains(string): bool', (a) => text(a, 0).includes(text(a, 1)), containment),
  overload('(string).startsWith(string): bool', (a) => text(a, 0).startsWith(text(a, 1)), traversal()),
  overload('(string).endsWith(string): bool', (a) => text(a, 0).endsWith(text(a, 1)), traversal()),
  overload('(string).charAt(int): string', (a, budget) => charAt(points(text(a, 0), budget), int(a, 1))),
  overload('(string).indexOf(string): int', indexOf, deepTraversal),
  overload('(string).indexOf(string, int): int', indexOf, deepTraversal),
  overload('(string).lastIndexOf(string): int', lastIndexOf, deepTraversal),
  overload('(string).lastIndexOf(string, int): int', lastIndexOf, deepTraversal),
  overload(
    '(string).lowerAscii(): string',
    (a) => text(a, 0).replaceAll(/[A-Z]+/g, (of) => of.toLowerCase()),
    traversal(),
  ),
  overload(
    '(string).upperAscii(): string',
    (a) => text(a, 0).replaceAll(/[a-z]+/g, (of) => of.toUpperCase()),
    traversal(),
  ),
  overload('(string).replace(string, string): string', replace, traversal(2)),
  overload('(string).replace(string, string, int): string', replace, traversal(2)),
  overload('(string).split(string): list<string>', split, traversal(2)),
  overload('(string).split(string, int): list<string>', split, traversal(2)),
  overload('(string).substring(int): string', substring, traversal()),
  overload('(string).substring(int, int): string', substring, traversal()),
  overload('(string).trim(): string', (a) => trim(text(a, 0)), traversal()),
  overload(
    '(string).format(list<dyn>): string',
    (a, budget) => formatText(text(a, 0), list(a, 1), budget),
    traversal(),
  ),
  overload('strings.quote(string): string', (a) => quote(text(a, 0)), traversal()),
  overload('(list<string>).join(): string', join, joinCost),
  overload('(list<string>).join(string): string', join, joinCost),
]
