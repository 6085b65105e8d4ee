/** Reading regular expressions in RE2's syntax (what Go's regexp package takes), with the errors Go gives. */

import { MetaError } from '../errors.ts'
import { contains, folded, perlClasses, posixClasses } from './classes.ts'
import type { Tree } from './tree.ts'

/** Go's limits: a count in braces, and what nested counts multiply to. */
const maxRepeat = 1000
const maxDepth = 250

interface Flags {
  /** (?i) */
  fold: boolean
  /** (?m) */
  lines: boolean
  /** (?s) */
  dotAll: boolean
  /** (?U) */
  ungreedy: boolean
}

type Has = (point: number) => boolean

/** @throws {MetaError} InvalidPattern, in Go's words: error parsing regexp: missing closing ): `(` */
export function parsePattern(source: string): Tree {
  const parser = new Parser(source)
  const tree = parser.choice({ fold: false, lines: false, dotAll: false, ungreedy: false })
  if (!parser.atEnd()) parser.fail('unexpected )', source)
  return tree
}

class Parser {
  readonly #source: string
  readonly #points: string[]
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
    this.#points = Array.from(source)
  }

  atEnd(): boolean {
    return this.#at >= this.#points.length
  }

  fail(why: string, at: string): never {
    throw new MetaError('InvalidPattern', `error parsing regexp: ${why}: \`${at}\``, {
      remedy: 'Write it in RE2 syntax, which has neither back-references nor look-around.',
    })
  }

  #peek(offset = 0): string {
    return this.#points[this.#at + offset] ?? ''
  }

  #take(text: string): boolean {
    for (const [index, char] of Array.from(text).entries()) if (this.#peek(index) !== char) return false
    this.#at += text.length
    return true
  }

  #rest(from = this.#at): string {
    return this.#points.slice(from).join('')
  }

  choice(given: Flags): Tree {
    this.#depth += 1
    if (this.#depth > maxDepth) this.fail('expression nests too deeply', this.#source)
    // Flags set inside a group hold to its end, over alternatives too.
    const flags = { ...given }
    const parts = [this.#sequence(flags)]
    while (this.#take('|')) parts.push(this.#sequence(flags))
    this.#depth -= 1
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'choice', parts }
  }

  #sequence(flags: Flags): Tree {
    const parts: Tree[] = []
    while (!this.atEnd() && this.#peek() !== '|' && this.#peek() !== ')') {
      const start = this.#at
      const atom = this.#atom(flags)
      if (atom === undefined) continue
      const repeated = this.#repeats(atom, start, flags)
      parts.push(repeated)
    }
    return { kind: 'sequence', parts }
  }

  /** Undefined for what only sets flags. */
  #atom(flags: Flags): Tree | undefined {
    const char = this.#peek()
    if (char === '(') return this.#group(flags)
    if (char === '[') return this.#bracket(flags)
    if (char === '\\') return this.#escape(flags)
    if (char === '*' || char === '+' || char === '?') this.fail('missing argument to repetition operator', char)
    this.#at += 1
    if (char === '.') return { kind: 'set', has: flags.dotAll ? () => true : (point) => point !== 10 }
    if (char === '^') return { kind: 'assert', assertion: flags.lines ? 'lineStart' : 'textStart' }
    if (char === '$') return { kind: 'assert', assertion: flags.lines ? 'lineEnd' : 'textEnd' }
    return literal(char, flags)
  }

  #repeats(atom: Tree, start: number, flags: Flags): Tree {
    let tree = atom
    for (let count = 0; ; count += 1) {
      const before = this.#at
      const bounds = this.#bounds()
      if (bounds === undefined) return tree
      if (count > 0) this.fail('invalid nested repetition operator', this.#points.slice(before - 1, this.#at).join(''))
      const greedy = this.#take('?') === flags.ungreedy
      tree = { kind: 'repeat', of: tree, ...bounds, greedy }
      const size = repeatSize(tree)
      if (size > maxRepeat) this.fail('invalid repeat count', this.#points.slice(start, this.#at).join(''))
    }
  }

  #bounds(): { min: number; max: number | undefined } | undefined {
    if (this.#take('*')) return { min: 0, max: undefined }
    if (this.#take('+')) return { min: 1, max: undefined }
    if (this.#take('?')) return { min: 0, max: 1 }
    const match = /^\{(\d{1,5})(?:(,)(\d{1,5})?)?\}/.exec(this.#points.slice(this.#at, this.#at + 14).join(''))
    if (match === null) return undefined
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === undefined ? undefined : Number(match[3])
    this.#at += match[0].length
    if (min > maxRepeat || (max !== undefined && (max > maxRepeat || max < min))) {
      this.fail('invalid repeat count', match[0])
    }
    return { min, max }
  }

  #group(flags: Flags): Tree | undefined {
    const start = this.#at
    this.#at += 1
    let inner = flags
    if (this.#peek() === '?') {
      const name = /^\?P?<([A-Za-z_0-9]+)>/.exec(this.#rest())
      const set = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(this.#rest())
      if (name !== null) this.#at += name[0].length
      else if (set !== null && set[0] !== '?)') {
        this.#at += set[0].length
        const [, on = '', off = '', end] = set
        const changed = {
          fold: (flags.fold || on.includes('i')) && !off.includes('i'),
          lines: (flags.lines || on.includes('m')) && !off.includes('m'),
          dotAll: (flags.dotAll || on.includes('s')) && !off.includes('s'),
          ungreedy: (flags.ungreedy || on.includes('U')) && !off.includes('U'),
        }
        if (end === ')') {
          Object.assign(flags, changed)
          return undefined
        }
        inner = changed
      } else this.fail('invalid or unsupported Perl syntax', this.#points.slice(start, start + 3).join(''))
    }
    const tree = this.choice(inner)
    if (!this.#take(')')) this.fail('missing closing )', this.#source)
    return tree
  }

  #escape(flags: Flags): Tree {
    const next = this.#peek(1)
    if (next === '') this.fail('trailing backslash at end of expression', '')
    const assertion = assertions[next]
    if (assertion !== undefined) {
      this.#at += 2
      return { kind: 'assert', assertion }
    }
    if (next === 'Q') {
      this.#at += 2
      const parts: Tree[] = []
      while (!this.atEnd() && !this.#take('\\E')) {
        parts.push(literal(this.#peek(), flags))
        this.#at += 1
      }
      return { kind: 'sequence', parts }
    }
    const named = this.#namedSet(flags)
    return { kind: 'set', has: named ?? pointSet(this.#escapedPoint(), flags) }
  }

  /** `\d`, `\pL`, `\p{Greek}` and their opposites. */
  #namedSet(flags: Flags): Has | undefined {
    const letter = this.#peek(1)
    const ranges = perlClasses[letter.toLowerCase()]
    if (ranges !== undefined) {
      this.#at += 2
      const negated = letter !== letter.toLowerCase()
      return (point) => contains(ranges, point) !== negated
    }
    if (letter !== 'p' && letter !== 'P') return undefined
    const match = /^\\[pP](?:\{(\^?)([A-Za-z_]+)\}|([A-Za-z]))/.exec(this.#rest())
    if (match === null) return this.fail('invalid character class range', this.#rest().slice(0, 3))
    this.#at += match[0].length
    const property = unicodeSet(match[2] ?? match[3] ?? '')
    if (property === undefined) return this.fail('invalid character class range', match[0])
    const negated = (letter === 'P') !== (match[1] === '^')
    const has: Has = (point) => property.test(String.fromCodePoint(point)) !== negated
    return flags.fold ? folded(has) : has
  }

  #escapedPoint(): number {
    const rest = this.#rest()
    const hex = /^\\x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest)
    const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest)
    const letter = this.#peek(1)
    const known = Object.hasOwn(controls, letter) ? controls[letter] : undefined
    if (hex !== null) {
      const point = Number.parseInt(hex[1] ?? hex[2] ?? '', 16)
      if (point <= 0x10ffff) {
        this.#at += hex[0].length
        return point
      }
    } else if (octal !== null) {
      this.#at += octal[0].length
      return Number.parseInt(octal[1] ?? '', 8)
    } else if (known !== undefined || /^[^A-Za-z0-9\u0080-\u{10ffff}]$/u.test(letter)) {
      this.#at += 2
      return known ?? letter.codePointAt(0) ?? 0
    }
    return this.fail('invalid escape sequence', `\\${letter}`)
  }

  #bracket(flags: Flags): Tree {
    const start = this.#at
    this.#at += 1
    const negated = this.#take('^')
    const sets: Has[] = []
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.atEnd()) this.fail('missing closing ]', this.#rest(start))
      sets.push(this.#member(flags, start))
    }
    this.#at += 1
    return { kind: 'set', has: (point) => sets.some((has) => has(point)) !== negated }
  }

  #member(flags: Flags, start: number): Has {
    if (this.#peek() === '[' && this.#peek(1) === ':') {
      const match = /^\[:(\^?)([a-z]+):\]/.exec(this.#rest())
      if (match !== null) {
        const ranges = posixClasses[match[2] ?? '']
        if (ranges === undefined) return this.fail('invalid character class range', match[0])
        this.#at += match[0].length
        const negated = match[1] === '^'
        const has: Has = (point) => contains(ranges, point) !== negated
        return flags.fold ? folded(has) : has
      }
    }
    if (this.#peek() === '\\') {
      const named = this.#namedSet(flags)
      if (named !== undefined) return named
    }
    const from = this.#at
    const low = this.#classPoint(start)
    if (this.#peek() !== '-' || this.#peek(1) === ']' || this.#peek(1) === '') return pointSet(low, flags)
    this.#at += 1
    const high = this.#classPoint(start)
    if (high < low) this.fail('invalid character class range', this.#points.slice(from, this.#at).join(''))
    const has: Has = (point) => point >= low && point <= high
    return flags.fold ? folded(has) : has
  }

  #classPoint(start: number): number {
    if (this.atEnd()) this.fail('missing closing ]', this.#rest(start))
    if (this.#peek() === '\\') {
      if (this.#peek(1) === '') this.fail('missing closing ]', this.#rest(start))
      return this.#escapedPoint()
    }
    const point = this.#peek().codePointAt(0) ?? 0
    this.#at += 1
    return point
  }
}

const assertions: Readonly<Record<string, 'textStart' | 'textEnd' | 'boundary' | 'noBoundary'>> = {
  A: 'textStart',
  z: 'textEnd',
  b: 'boundary',
  B: 'noBoundary',
}

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }

function literal(char: string, flags: Flags): Tree {
  return { kind: 'set', has: pointSet(char.codePointAt(0) ?? 0, flags) }
}

function pointSet(wanted: number, flags: Flags): Has {
  const has: Has = (point) => point === wanted
  return flags.fold ? folded(has) : has
}

const unicodeSets = new Map<string, RegExp | undefined>()
/** There are some hundred names, and any number that name nothing. */
const maxUnicodeSets = 1000

/** General categories and scripts, by JavaScript's own tables: one character is tested, so nothing can run away. */
function unicodeSet(name: string): RegExp | undefined {
  if (unicodeSets.has(name)) return unicodeSets.get(name)
  const made = makeUnicodeSet(name)
  // Making one takes as long as a thousand steps of anything else here.
  if (unicodeSets.size < maxUnicodeSets && name.length < 64) unicodeSets.set(name, made)
  return made
}

function makeUnicodeSet(name: string): RegExp | undefined {
  for (const property of [name, `Script=${name}`]) {
    try {
      return new RegExp(`^\\p{${property}}$`, 'u')
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  return undefined
}

/** What nested counts multiply to. */
function repeatSize(tree: Tree): number {
  if (tree.kind === 'repeat') return Math.max(tree.max ?? tree.min, 1) * repeatSize(tree.of)
  if (tree.kind === 'sequence' || tree.kind === 'choice')
    return tree.parts.reduce((largest, part) => Math.max(largest, repeatSize(part)), 1)
  return 1
}
