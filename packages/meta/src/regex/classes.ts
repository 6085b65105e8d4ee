/** The named sets of characters of RE2 syntax. */

import type { Ranges } from './tree.ts'

const range = (from: string, to: string): readonly [number, number] => [from.charCodeAt(0), to.charCodeAt(0)]
const single = (...chars: string[]): Ranges => chars.map((char) => [char.charCodeAt(0), char.charCodeAt(0)] as const)

const digit = [range('0', '9')]
const upper = [range('A', 'Z')]
const lower = [range('a', 'z')]
const alpha = [...upper, ...lower]
const blank = single(' ', '\t')
const word = [...alpha, ...digit, ...single('_')]

/** `\d`, `\s`, `\w` */
export const perlClasses: Readonly<Record<string, Ranges>> = {
  d: digit,
  s: single('\t', '\n', '\f', '\r', ' '),
  w: word,
}

/** `[:name:]` inside a bracket expression. */
export const posixClasses: Readonly<Record<string, Ranges>> = {
  alnum: [...alpha, ...digit],
  alpha,
  ascii: [[0, 0x7f]],
  blank,
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit,
  graph: [[0x21, 0x7e]],
  lower,
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [...single('\t', '\n', '\v', '\f', '\r', ' ')],
  upper,
  word,
  xdigit: [...digit, range('A', 'F'), range('a', 'f')],
}

export function isWord(point: number): boolean {
  return contains(word, point)
}

export function contains(ranges: Ranges, point: number): boolean {
  return ranges.some(([from, to]) => point >= from && point <= to)
}

/** Whether a point of another case would be in the set, for `(?i)`. */
export function folded(has: (point: number) => boolean): (point: number) => boolean {
  return (point) => {
    if (has(point)) return true
    const text = String.fromCodePoint(point)
    return [text.toLowerCase(), text.toUpperCase()].some((other) => {
      const first = other.codePointAt(0)
      return first !== undefined && String.fromCodePoint(first) === other && has(first)
    })
  }
}
