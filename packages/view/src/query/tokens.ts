/** Cuts a query into terms: what stands between blanks, quotes aside. */

import type { Comparison, QueryValue } from './query.ts'

export interface Token {
  from: number
  to: number
  negated: boolean
  /** As it was written, without what follows; absent for words. */
  field?: string
  comparison?: Comparison
  values: (QueryValue & { from: number; to: number })[]
  /** The last quote was not closed. */
  open: boolean
}

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    if (isBlank(text[at])) {
      at += 1
      continue
    }
    const token = readToken(text, at)
    tokens.push(token)
    at = token.to
  }
  return tokens
}

function readToken(text: string, from: number): Token {
  const negated = text[from] === '-'
  let at = negated ? from + 1 : from
  const token: Token = { from, to: at, negated, values: [], open: false }
  const head = fieldAt(text, at)
  if (head !== undefined) {
    token.field = head.field
    token.comparison = head.comparison
    at = head.to
  }
  for (;;) {
    const value = readValue(text, at, head !== undefined)
    at = value.to
    token.values.push({ text: value.text, quoted: value.quoted, from: value.from, to: value.to })
    token.open ||= value.open
    if (head === undefined || text[at] !== ',') break
    at += 1
  }
  token.to = at
  return token
}

/** `name:` and the like: letters before the first sign. Addresses (`fd00::1`) are words. */
function fieldAt(text: string, from: number): { field: string; comparison: Comparison; to: number } | undefined {
  let at = from
  while (at < text.length && isFieldLetter(text.charCodeAt(at))) at += 1
  const sign = text[at]
  if (at === from || sign === undefined || !':<>='.includes(sign)) return undefined
  const field = text.slice(from, at)
  if (sign === ':' && isAddress(text, from)) return undefined
  const equal = sign !== ':' && text[at + 1] === '='
  if (sign === '<' || sign === '>') return { field, comparison: equal ? `${sign}=` : sign, to: at + (equal ? 2 : 1) }
  // `==` is forgiven.
  return { field, comparison: ':', to: at + (equal ? 2 : 1) }
}

/** Hexadecimal digits with two colons or more, until the next blank. */
function isAddress(text: string, from: number): boolean {
  let colons = 0
  for (let at = from; at < text.length && !isBlank(text[at]); at += 1) {
    const sign = text[at] ?? ''
    if (sign === ':') colons += 1
    else if (!'0123456789abcdefABCDEF.*'.includes(sign)) return false
  }
  return colons > 1
}

/** Up to a blank (or a comma after a field). A quote inside starts a quoted stretch, as a label's value may be: `label:a="b c"`. */
function readValue(
  text: string,
  from: number,
  listed: boolean,
): { text: string; quoted: boolean; from: number; to: number; open: boolean } {
  let value = ''
  let quoted = false
  let at = from
  while (at < text.length) {
    const sign = text[at] ?? ''
    if (isBlank(sign) || (listed && sign === ',')) break
    at += 1
    if (sign !== '"') {
      value += sign
      continue
    }
    quoted = true
    for (;;) {
      const next = text[at]
      if (next === undefined) return { text: value, quoted, from, to: at, open: true }
      at += 1
      if (next === '"') break
      // A backslash keeps the sign after it.
      const kept = next === '\\' ? text[at] : undefined
      if (kept !== undefined) at += 1
      value += kept ?? next
    }
  }
  return { text: value, quoted, from, to: at, open: false }
}

export function isBlank(sign: string | undefined): boolean {
  return sign === ' ' || sign === '\t' || sign === '\n' || sign === '\r' || sign === '\u00a0'
}

function isFieldLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
}
