/** The text form of label selectors (`a=b,c!=d,e in (x,y),!f,g`); grammar and words of apimachinery `pkg/labels`. */

import {
  labelRequirement,
  selectorError,
  selectorOf,
  type LabelOperator,
  type LabelRequirement,
  type LabelSelector,
} from './label-selector.ts'

type TokenKind = 'word' | 'end' | '!' | ',' | '(' | ')' | '=' | '==' | '!=' | '<' | '>'
interface Token {
  kind: TokenKind
  text: string
}

const symbols = ['==', '!=', '=', '!', ',', '(', ')', '<', '>'] as const
const operators: Partial<Record<string, LabelOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': 'in',
  '==': 'in',
  '!=': 'notin',
  '>': 'gt',
  '<': 'lt',
}
const operatorList = 'in, notin, =, ==, !=, gt, lt'

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at += 1
      continue
    }
    const symbol = symbols.find((each) => text.startsWith(each, at))
    if (symbol !== undefined) {
      tokens.push({ kind: symbol, text: symbol })
      at += symbol.length
      continue
    }
    const start = at
    while (at < text.length && !/[\s=!,()<>]/.test(text[at] ?? '')) at += 1
    tokens.push({ kind: 'word', text: text.slice(start, at) })
  }
  return tokens
}

class Parser {
  readonly #tokens: Token[]
  #at = 0

  constructor(text: string) {
    this.#tokens = tokenize(text)
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' }
  }

  next(): Token {
    const token = this.peek()
    this.#at += 1
    return token
  }

  selector(): LabelSelector {
    const requirements: LabelRequirement[] = []
    if (this.peek().kind === 'end') return selectorOf(requirements)
    for (;;) {
      const start = this.peek()
      if (start.kind !== 'word' && start.kind !== '!') {
        throw selectorError(
          requirements.length === 0
            ? `found '${start.text}', expected: !, identifier, or 'end of string'`
            : `found '${start.text}', expected: identifier after ','`,
        )
      }
      requirements.push(this.requirement())
      const after = this.next()
      if (after.kind === 'end') return selectorOf(requirements)
      if (after.kind !== ',') fail(`found '${after.text}', expected: ',' or 'end of string'`)
    }
  }

  requirement(): LabelRequirement {
    const negated = this.peek().kind === '!'
    if (negated) this.next()
    const key = this.next()
    if (key.kind !== 'word') fail(`unable to parse requirement: found '${key.text}', expected: identifier`)
    if (negated) return checked(key.text, 'absent', [])
    const { kind } = this.peek()
    if (kind === 'end' || kind === ',') return checked(key.text, 'exists', [])
    const sign = this.next()
    const operator = Object.hasOwn(operators, sign.text) ? operators[sign.text] : undefined
    if (operator === undefined) {
      return fail(`unable to parse requirement: found '${sign.text}', expected: ${operatorList}`)
    }
    const values = sign.kind === 'word' ? this.valueList() : [this.value()]
    return checked(key.text, operator, values)
  }

  /** The value of `a=`: it may be empty. */
  value(): string {
    const { kind } = this.peek()
    if (kind === 'end' || kind === ',') return ''
    const token = this.next()
    if (token.kind !== 'word') fail(`unable to parse requirement: found '${token.text}', expected: identifier`)
    return token.text
  }

  valueList(): string[] {
    const open = this.next()
    if (open.kind !== '(') fail(`unable to parse requirement: found '${open.text}' expected: '('`)
    const values: string[] = []
    // Between separators a missing word is the empty value: `(,a)` has two.
    let pending = true
    for (;;) {
      const token = this.next()
      if (token.kind === 'word' && pending) {
        values.push(token.text)
        pending = false
      } else if (token.kind === ',') {
        if (pending) values.push('')
        pending = true
      } else if (token.kind === ')') {
        if (pending) values.push('')
        return values
      } else fail(`unable to parse requirement: found '${token.text}', expected: ',', ')' or identifier`)
    }
  }
}

function fail(message: string): never {
  throw selectorError(message)
}

function checked(key: string, operator: LabelOperator, values: string[]): LabelRequirement {
  try {
    return labelRequirement(key, operator, values)
  } catch (error) {
    if (error instanceof Error) throw selectorError(`unable to parse requirement: ${error.message}`)
    throw error
  }
}

/**
 * The text form. An empty text matches everything.
 * @throws {MetaError} InvalidLabelSelector, in Kubernetes' words
 */
export function parseLabelSelector(text: string): LabelSelector {
  return new Parser(text).selector()
}
