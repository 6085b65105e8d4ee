/** Words and operators of the language, and what is said where they are missing. */

import type { Token } from './lexer.ts'

export const primaryStart =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
export const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
)
export const relations = new Map(
  ['<', '<=', '>', '>=', '==', '!='].map((text): [string, string] => [text, `_${text}_`]).concat([['in', '@in']]),
)
export const sums = new Map([
  ['+', '_+_'],
  ['-', '_-_'],
])
export const products = new Map([
  ['*', '_*_'],
  ['/', '_/_'],
  ['%', '_%_'],
])

export const literalProblems: Readonly<Partial<Record<Token['kind'], string>>> = {
  int: 'invalid int literal',
  uint: 'invalid uint literal',
  float: 'invalid double literal',
  string: 'invalid unicode code point',
  bytes: 'unable to unescape string',
}
