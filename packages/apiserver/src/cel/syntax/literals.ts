/** What the literals of an expression stand for. */

import { CelUint, type CelValue } from '../values.ts'

const simple: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }
const maxInt = 2n ** 63n - 1n
const minInt = -(2n ** 63n)
const maxUint = 2n ** 64n - 1n

/** The code points of a literal's inside; in bytes, `\x` and octal escapes are bytes instead. */
function* unescape(text: string): Iterable<{ code: number; isByte: boolean }> {
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0
    if (code !== 0x5c) {
      yield { code, isByte: false }
      at += code > 0xffff ? 2 : 1
      continue
    }
    const kind = text.charAt(at + 1)
    const length = kind === 'u' ? 4 : kind === 'U' ? 8 : kind === 'x' || kind === 'X' ? 2 : 0
    if (length > 0) {
      yield { code: Number.parseInt(text.slice(at + 2, at + 2 + length), 16), isByte: length === 2 }
      at += 2 + length
    } else if (/[0-3]/.test(kind)) {
      yield { code: Number.parseInt(text.slice(at + 1, at + 4), 8), isByte: true }
      at += 4
    } else {
      yield { code: simple[kind] ?? kind.charCodeAt(0), isByte: false }
      at += 2
    }
  }
}

function inside(text: string): { body: string; raw: boolean } {
  const prefix = /^[bBrR]*/.exec(text)?.[0] ?? ''
  const quoted = text.slice(prefix.length)
  const width = quoted.startsWith('"""') || quoted.startsWith("'''") ? 3 : 1
  // Line ends are the same on every system.
  return { body: quoted.slice(width, -width).replaceAll(/\r\n?/g, '\n'), raw: /[rR]/.test(prefix) }
}

/** The text of a string literal, or undefined when it names a code point that there is not. */
export function stringLiteral(text: string): string | undefined {
  const { body, raw } = inside(text)
  if (raw || !body.includes('\\')) return body
  const parts: string[] = []
  for (const { code } of unescape(body)) {
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined
    parts.push(String.fromCodePoint(code))
  }
  return parts.join('')
}

/** The bytes of a bytes literal, or undefined when it has a `\u` escape, which bytes must not. */
export function bytesLiteral(text: string): Uint8Array | undefined {
  const { body, raw } = inside(text)
  if (raw) return new TextEncoder().encode(body)
  if (/\\[uU]/.test(body.replaceAll('\\\\', ''))) return undefined
  const parts: number[] = []
  for (const { code, isByte } of unescape(body))
    if (isByte) parts.push(code)
    else parts.push(...new TextEncoder().encode(String.fromCodePoint(code)))
  return Uint8Array.from(parts)
}

/** An int64, or undefined when the number is beyond it. */
export function intLiteral(text: string, negative: boolean): bigint | undefined {
  const value = negative ? -BigInt(text) : BigInt(text)
  return value > maxInt || value < minInt ? undefined : value
}

export function uintLiteral(text: string): CelUint | undefined {
  const value = BigInt(text.slice(0, -1))
  return value > maxUint ? undefined : new CelUint(value)
}

export const constants: ReadonlyMap<string, CelValue> = new Map<string, CelValue>([
  ['true', true],
  ['false', false],
  ['null', null],
])
