/** Reads an expression into its tree, by recursive descent over CEL's grammar; errors are worded as cel-go's. */

import { CelCompileError, type CelIssue } from '../errors.ts'
import { codePointLength } from '../text.ts'
import type { CelValue } from '../values.ts'
import type { CelNode, ListNode, MapNode, StructNode } from './ast.ts'
import { tokenize, type Token } from './lexer.ts'
import { bytesLiteral, constants, intLiteral, stringLiteral, uintLiteral } from './literals.ts'
import { expandMacro } from './macros.ts'
import { NodeFactory } from './nodes.ts'
import { literalProblems, primaryStart, products, relations, reserved, sums } from './words.ts'

/** Longer expressions are refused (cel-go's limit, in code points). */
const maxLength = 100_000
/** How deep an expression may nest (cel-go's limit); also what keeps every later walk of the tree from overflowing. */
const maxDepth = 250
/** The same for the tree as a whole, where chains of operators lie in one another. */
const maxTreeDepth = 600

export interface ParsedExpression {
  readonly source: string
  readonly root: CelNode
}

class Stop extends Error {}

class Parser {
  readonly make = new NodeFactory()
  readonly issues: CelIssue[]
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(source: string) {
    const { tokens, issues } = tokenize(source)
    this.#tokens = tokens
    this.issues = issues
  }

  #peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)]
    if (token === undefined) throw new Stop()
    return token
  }

  #take(): Token {
    const token = this.#peek()
    this.#next++
    return token
  }

  #is(text: string, ahead = 0): boolean {
    const token = this.#peek(ahead)
    return token.text === text && (token.kind === 'symbol' || token.kind === 'name')
  }

  #fail(at: number, message: string): never {
    this.issues.push({ at, message })
    throw new Stop()
  }

  #syntax(message: string): never {
    return this.#fail(this.#peek().at, `Syntax error: ${message}`)
  }

  #expect(text: string): Token {
    if (this.#is(text)) return this.#take()
    const found = this.#peek()
    if (text === ')' && found.kind === 'end') return this.#syntax(`missing ')' at '<EOF>'`)
    return this.#syntax(`mismatched input '${found.text}' expecting '${text}'`)
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth) this.#fail(-1, `expression recursion limit exceeded: ${maxDepth}`)
    const result = read()
    this.#depth--
    return result
  }

  #tooDeep(): never {
    return this.#fail(-1, 'max recursion depth exceeded')
  }

  expression(): CelNode {
    const root = this.#conditional()
    const found = this.#peek()
    if (found.kind !== 'end')
      this.#syntax(
        `${this.#peek(1).kind === 'end' ? 'extraneous' : 'mismatched'} input '${found.text}' expecting <EOF>`,
      )
    if (this.make.deepest > maxTreeDepth) this.#tooDeep()
    return root
  }

  #conditional(): CelNode {
    return this.#nested(() => {
      const condition = this.#logical('||', () => this.#logical('&&', () => this.#relation()))
      if (!this.#is('?')) return condition
      const { at } = this.#take()
      const yes = this.#logical('||', () => this.#logical('&&', () => this.#relation()))
      this.#expect(':')
      return this.make.call(at, '_?_:_', [condition, yes, this.#conditional()])
    })
  }

  /** Chains of `||` and `&&` become balanced trees, as deep as the logarithm of their length. */
  #logical(operator: '||' | '&&', operand: () => CelNode): CelNode {
    const terms = [operand()]
    const places: number[] = []
    while (this.#is(operator)) {
      places.push(this.#take().at)
      terms.push(operand())
    }
    const balance = (from: number, to: number): CelNode => {
      const only = terms[from]
      if (from === to && only !== undefined) return only
      const middle = (from + to) >> 1
      return this.make.call(places[middle] ?? 0, `_${operator}_`, [balance(from, middle), balance(middle + 1, to)])
    }
    return balance(0, terms.length - 1)
  }

  /** Operators of one strength, from left to right. */
  #chain(operators: ReadonlyMap<string, string>, operand: () => CelNode): CelNode {
    let left = operand()
    let links = 0
    for (let name = this.#operator(operators); name !== undefined; name = this.#operator(operators)) {
      const { at } = this.#take()
      if (++links > maxDepth) this.#tooDeep()
      left = this.make.call(at, name, [left, operand()])
    }
    return left
  }

  #operator(operators: ReadonlyMap<string, string>): string | undefined {
    const { kind, text } = this.#peek()
    return kind === 'symbol' || kind === 'name' ? operators.get(text) : undefined
  }

  #relation(): CelNode {
    return this.#chain(relations, () => this.#chain(sums, () => this.#chain(products, () => this.#unary())))
  }

  #unary(): CelNode {
    const { at, text, kind } = this.#peek()
    if (kind !== 'symbol' || (text !== '!' && text !== '-')) return this.#member()
    const number = this.#peek(1)
    if (text === '-' && (number.kind === 'int' || number.kind === 'float')) return this.#member()
    let count = 0
    while (this.#is(text)) {
      this.#take()
      count++
    }
    if (this.#peek().kind === 'end') return this.#syntax(`extraneous input '<EOF>' expecting ${primaryStart}`)
    const operand = this.#member()
    // Two of them undo each other.
    return count % 2 === 0 ? operand : this.make.call(at, text === '!' ? '!_' : '-_', [operand])
  }

  #numberFollows(): boolean {
    const next = this.#peek(1)
    return next.kind === 'int' || next.kind === 'float'
  }

  #member(): CelNode {
    let node = this.#primary()
    for (let links = 0; ; links++) {
      if (links > maxDepth) this.#tooDeep()
      if (this.#is('.')) node = this.#afterDot(node)
      else if (this.#is('[')) {
        const { at } = this.#take()
        const optional = this.#is('?')
        if (optional) this.#take()
        const index = this.#conditional()
        this.#expect(']')
        node = this.make.call(at, optional ? '_[?_]' : '_[_]', [node, index])
      } else return node
    }
  }

  #afterDot(operand: CelNode): CelNode {
    const { at } = this.#take()
    const optional = this.#is('?')
    if (optional) this.#take()
    const name = this.#peek()
    if (name.kind !== 'name' || name.text === 'in' || constants.has(name.text)) {
      if (name.kind === 'quoted') return this.#fail(name.at, "unsupported syntax: '`'")
      if (name.text === '.') return this.#fail(name.at, `Syntax error: no viable alternative at input '..'`)
      return this.#syntax(`no viable alternative at input '.${name.text === '<EOF>' ? '' : name.text}'`)
    }
    this.#take()
    if (optional) {
      const field = this.make.literal(name.at, name.text)
      return this.make.call(at, '_?._', [operand, field])
    }
    if (!this.#is('(')) return this.make.select(at, operand, name.text)
    const open = this.#take()
    const args = this.#arguments()
    return this.#macroOrCall(open.at, name.text, args, operand)
  }

  #macroOrCall(at: number, name: string, args: CelNode[], target?: CelNode): CelNode {
    const expanded = expandMacro({ make: this.make, at, name, args, ...(target === undefined ? {} : { target }) })
    if (expanded === undefined) return this.make.call(at, name, args, target)
    if ('node' in expanded) return expanded.node
    // The rest is read on, so that all that is wrong is told at once.
    this.issues.push(expanded.issue)
    return this.make.literal(at, null)
  }

  #arguments(): CelNode[] {
    const args: CelNode[] = []
    if (this.#is(')')) {
      this.#take()
      return args
    }
    for (;;) {
      args.push(this.#conditional())
      if (!this.#is(',')) break
      this.#take()
    }
    this.#expect(')')
    return args
  }

  #primary(): CelNode {
    const token = this.#peek()
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
    switch (token.kind) {
      case 'name':
        if (token.text !== 'in') return this.#named()
        break
      case 'symbol':
        if (token.text === '(') return this.#parenthesised()
        if (token.text === '[') return this.#list()
        if (token.text === '{') return this.#map()
        if (token.text === '.') return this.#named()
        if (token.text === '-' && this.#numberFollows()) return this.#number()
        break
      case 'end':
        break
      default:
        return this.#number()
    }
    const deletable = this.#startsPrimary(this.#peek(1)) && token.kind !== 'end'
    return this.#syntax(`${deletable ? 'extraneous' : 'mismatched'} input '${token.text}' expecting ${primaryStart}`)
  }

  #startsPrimary({ kind, text }: Token): boolean {
    if (kind === 'end' || text === 'in') return false
    return kind !== 'symbol' || ['[', '{', '(', '.', '-', '!'].includes(text)
  }

  #number(): CelNode {
    const { at } = this.#peek()
    const negative = this.#is('-')
    if (negative) this.#take()
    const { kind, text } = this.#take()
    const value = this.#literalValue(kind, text, negative)
    return value === undefined ? this.#fail(at, literalProblems[kind] ?? '') : this.make.literal(at, value)
  }

  #literalValue(kind: Token['kind'], text: string, negative: boolean): CelValue | undefined {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
    switch (kind) {
      case 'int':
        return intLiteral(text, negative)
      case 'uint':
        return uintLiteral(text)
      case 'float': {
        const value = Number(negative ? `-${text}` : text)
        return Number.isFinite(value) ? value : undefined
      }
      case 'string':
        return stringLiteral(text)
      default:
        return bytesLiteral(text)
    }
  }

  #parenthesised(): CelNode {
    this.#take()
    const node = this.#conditional()
    this.#expect(')')
    return node
  }

  #named(): CelNode {
    const first = this.#peek()
    const leading = this.#is('.')
    if (leading) this.#take()
    const name = this.#peek()
    if (name.kind !== 'name') return this.#syntax(`mismatched input '${name.text}' expecting IDENTIFIER`)
    const constant = constants.get(name.text)
    this.#take()
    if (constant !== undefined && !leading) return this.make.literal(name.at, constant)
    const struct = this.#structName(name.text)
    if (struct !== undefined) return this.#struct(struct)
    if (reserved.has(name.text)) this.#fail(name.at, `reserved identifier: ${name.text}`)
    // A leading dot means the outermost scope, and there is no other here.
    if (!this.#is('(')) return this.make.ident(first.at, name.text)
    const open = this.#take()
    return this.#macroOrCall(open.at, name.text, this.#arguments())
  }

  /** `A.b{` after the first name: looks ahead for the brace and takes what is before it. */
  #structName(first: string): string | undefined {
    const names = [first]
    let ahead = 0
    while (this.#is('.', ahead) && this.#peek(ahead + 1).kind === 'name') {
      names.push(this.#peek(ahead + 1).text)
      ahead += 2
    }
    if (!this.#is('{', ahead)) return undefined
    this.#next += ahead
    return names.join('.')
  }

  /** The elements up to the closing mark, a comma after the last allowed. */
  #elements(close: ']' | '}', read: (optional: boolean) => void): void {
    while (!this.#is(close)) {
      const optional = this.#is('?')
      if (optional) this.#take()
      read(optional)
      if (this.#is(',')) this.#take()
      else if (!this.#is(close)) this.#syntax(`mismatched input '${this.#peek().text}' expecting {'${close}', ','}`)
    }
    this.#take()
  }

  #list(): CelNode {
    const { at } = this.#take()
    const elements: ListNode['elements'][number][] = []
    this.#elements(']', (optional) => elements.push({ value: this.#conditional(), optional }))
    return this.make.list(at, elements)
  }

  #map(): CelNode {
    const { at } = this.#take()
    const entries: MapNode['entries'][number][] = []
    this.#elements('}', (optional) => {
      const key = this.#conditional()
      this.#expect(':')
      entries.push({ key, value: this.#conditional(), optional })
    })
    return this.make.map(at, entries)
  }

  #struct(type: string): CelNode {
    const { at } = this.#take()
    const fields: StructNode['fields'][number][] = []
    this.#elements('}', (optional) => {
      const name = this.#peek()
      if (name.kind !== 'name') this.#syntax(`mismatched input '${name.text}' expecting IDENTIFIER`)
      this.#take()
      const colon = this.#expect(':')
      fields.push({ name: name.text, at: colon.at, value: this.#conditional(), optional })
    })
    return this.make.struct(at, type, fields)
  }
}

/** @throws CelCompileError with every syntax error found */
export function parseCel(source: string): ParsedExpression {
  const length = codePointLength(source)
  if (length > maxLength) {
    const message = `expression code point size exceeds limit: size: ${length}, limit ${maxLength}`
    throw new CelCompileError(source, [{ at: -1, message }])
  }
  const parser = new Parser(source)
  let root: CelNode | undefined
  try {
    root = parser.expression()
  } catch (error) {
    if (!(error instanceof Stop)) throw error
  }
  if (root === undefined || parser.issues.length > 0) throw new CelCompileError(source, parser.issues)
  return { source, root }
}
