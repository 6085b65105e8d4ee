/** Cuts an expression into tokens. Errors are worded as those of cel-go's lexer, which goes on after them. */

import type { CelIssue } from '../errors.ts'

type TokenKind = 'int' | 'uint' | 'float' | 'string' | 'bytes' | 'name' | 'quoted' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** As written; `<EOF>` at the end. */
  readonly text: string
  readonly at: number
}

const space = /[\t \r\n\f]+|\/\/[^\n]*/y
const float = /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y
const uint = /(?:0x[0-9a-fA-F]+|\d+)[uU]/y
const int = /0x[0-9a-fA-F]+|\d+/y
const name = /[A-Za-z_][A-Za-z0-9_]*/y
/** Names in backquotes are read, to be told that they are not supported. */
const quoted = /`[A-Za-z0-9_.\-/ ]+`/y
const symbol = /==|!=|<=|>=|&&|\|\||[[\]{}().,\-!?:+*/%<>]/y
const quote = /([bB]?[rR]?|[rR][bB]?)("""|'''|"|')/y
const escaped = /\\(?:[abfnrtv"'\\?`]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

/** The end of a string literal, or where it goes wrong (one past the last character that was read). */
function scanString(source: string, start: number, opening: string): { end: number; ok: boolean } {
  const mark = opening.replace(/^[bBrR]+/, '')
  const raw = /[rR]/.test(opening)
  const long = mark.length === 3
  let at = start + opening.length
  while (at < source.length) {
    if (source.startsWith(mark, at)) return { end: at + mark.length, ok: true }
    const char = source.charAt(at)
    if (!long && (char === '\n' || char === '\r')) return { end: at + 1, ok: false }
    if (char === '\\' && !raw) {
      const escape = matchAt(escaped, source, at)
      if (escape === undefined) return { end: Math.min(at + 2, source.length), ok: false }
      at += escape.length
    } else at++
  }
  return { end: source.length, ok: false }
}

const shownText = (text: string): string => text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')

/** The token at a place where no space is, or how much of the source makes none. */
function readToken(source: string, at: number): Token | { readonly bad: number } {
  const opening = matchAt(quote, source, at)
  if (opening !== undefined) {
    const { end, ok } = scanString(source, at, opening)
    if (!ok) return { bad: end - at }
    return { kind: /^[rR]?[bB]/.test(opening) ? 'bytes' : 'string', text: source.slice(at, end), at }
  }
  const numbers = [
    ['float', float],
    ['uint', uint],
    ['int', int],
    ['name', name],
    ['quoted', quoted],
    ['symbol', symbol],
  ] as const
  for (const [kind, pattern] of numbers) {
    const text = matchAt(pattern, source, at)
    if (text !== undefined) return { kind, text, at }
  }
  // `=`, `&` and `|` begin a token, so that the lexer has read one more character when it finds there is none.
  if (/[=&|]/.test(source.charAt(at))) return { bad: 2 }
  return { bad: (source.codePointAt(at) ?? 0) > 0xffff ? 2 : 1 }
}

export function tokenize(source: string): { tokens: Token[]; issues: CelIssue[] } {
  const tokens: Token[] = []
  const issues: CelIssue[] = []
  let at = 0
  while (at < source.length) {
    const skipped = matchAt(space, source, at)
    if (skipped !== undefined) {
      at += skipped.length
      continue
    }
    const token = readToken(source, at)
    if ('bad' in token) {
      const text = source.slice(at, at + token.bad)
      issues.push({ at, message: `Syntax error: token recognition error at: '${shownText(text)}'` })
      at += token.bad
    } else {
      tokens.push(token)
      at += token.text.length
    }
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: source.length })
  return { tokens, issues }
}
