/** The functions that make a value of one type from one of another. */

import { runtimeType } from '../runtime-type.ts'

import { CelDuration, CelFailure, CelTypeValue, CelUint, type CelOutcome, type CelValue } from '../values.ts'
import { bool, bytes, double, duration, int, text, timestamp, uint, value } from './args.ts'
import { checkedInt, checkedTimestamp, checkedUint } from './arithmetic.ts'
import { traversal } from './cost.ts'
import { formatDouble } from './double-text.ts'
import { overload, type Library } from './functions.ts'
import { formatDurationText, formatTimestampText, parseDurationText, parseTimestampText } from './time-text.ts'

const nano = 1_000_000_000n
/** Longer texts are no numbers; reading digits is not linear. */
const maxDigits = 400

const unreadable = (to: string): CelFailure => new CelFailure(`type conversion error from 'string' to '${to}'`)

function parseInteger(from: string, unsigned: boolean): CelOutcome {
  const pattern = unsigned ? /^\d+$/ : /^[+-]?\d+$/
  const problem = unreadable(unsigned ? 'uint' : 'int')
  if (from.length > maxDigits || !pattern.test(from)) return problem
  const number = BigInt(from.replace(/^\+/, ''))
  const checked = unsigned ? checkedUint(number) : checkedInt(number)
  return checked instanceof CelFailure ? problem : checked
}

function parseDouble(from: string): CelOutcome {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(from)
  if (special !== null) {
    if (/nan/i.test(special[2] ?? '')) return Number.NaN
    return special[1] === '-' ? -Infinity : Infinity
  }
  const readable = from.length <= maxDigits && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(from)
  const number = readable ? Number(from) : Infinity
  return Number.isFinite(number) ? number : unreadable('double')
}

const bools: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false] as const),
])

/** Doubles at and beyond the ends of int64 do not fit, because the ends themselves cannot be told from what is next. */
function intOf(from: number): CelOutcome {
  if (!(from > -(2 ** 63) && from < 2 ** 63)) return new CelFailure('integer overflow')
  return BigInt(Math.trunc(from))
}
function uintOf(from: number): CelOutcome {
  if (!(from > -1 && from < 2 ** 64) || from < 0) return new CelFailure('unsigned integer overflow')
  return new CelUint(BigInt(Math.trunc(from)))
}

function textOf(from: Uint8Array): CelOutcome {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(from)
  } catch (error) {
    if (error instanceof TypeError) return new CelFailure('invalid UTF-8 in bytes, cannot convert to string')
    throw error
  }
}

const floorSeconds = (nanos: bigint): bigint => (nanos - (((nanos % nano) + nano) % nano)) / nano

function typeOf(of: CelValue): CelTypeValue {
  return new CelTypeValue(runtimeType(of))
}

export const conversion: Library = [
  overload('type(A): type<A>', (a) => typeOf(value(a, 0))),
  overload('dyn(A): dyn', (a) => value(a, 0)),
  overload('bool(bool): bool', (a) => bool(a, 0)),
  overload('bool(string): bool', (a) => {
    const from = text(a, 0)
    const known = Object.hasOwn(bools, from) ? bools[from] : undefined
    return known ?? unreadable('bool')
  }),
  overload('bytes(bytes): bytes', (a) => bytes(a, 0)),
  overload('bytes(string): bytes', (a) => new TextEncoder().encode(text(a, 0)), traversal()),
  overload('double(double): double', (a) => double(a, 0)),
  overload('double(int): double', (a) => Number(int(a, 0))),
  overload('double(string): double', (a) => parseDouble(text(a, 0))),
  overload('double(uint): double', (a) => Number(uint(a, 0))),
  overload('duration(duration): duration', (a) => value(a, 0)),
  overload('duration(int): duration', (a) => new CelDuration(int(a, 0))),
  overload('duration(string): duration', (a) => {
    const nanos = parseDurationText(text(a, 0))
    return nanos === undefined ? unreadable('google.protobuf.Duration') : new CelDuration(nanos)
  }),
  overload('int(int): int', (a) => int(a, 0)),
  overload('int(double): int', (a) => intOf(double(a, 0))),
  overload('int(duration): int', (a) => duration(a, 0)),
  overload('int(string): int', (a) => parseInteger(text(a, 0), false)),
  overload('int(timestamp): int', (a) => floorSeconds(timestamp(a, 0))),
  overload('int(uint): int', (a) => checkedInt(uint(a, 0))),
  overload('string(string): string', (a) => text(a, 0)),
  overload('string(bool): string', (a) => String(bool(a, 0))),
  overload('string(bytes): string', (a) => textOf(bytes(a, 0)), traversal()),
  overload('string(double): string', (a) => formatDouble(double(a, 0))),
  overload('string(duration): string', (a) => formatDurationText(duration(a, 0))),
  overload('string(int): string', (a) => int(a, 0).toString()),
  overload('string(timestamp): string', (a) => formatTimestampText(timestamp(a, 0))),
  overload('string(uint): string', (a) => uint(a, 0).toString()),
  overload('timestamp(timestamp): timestamp', (a) => value(a, 0)),
  overload('timestamp(int): timestamp', (a) => checkedTimestamp(int(a, 0) * nano)),
  overload('timestamp(string): timestamp', (a) => {
    const from = text(a, 0)
    const nanos = parseTimestampText(from)
    if (nanos !== undefined) return checkedTimestamp(nanos)
    return unreadable('google.protobuf.Timestamp')
  }),
  overload('uint(uint): uint', (a) => new CelUint(uint(a, 0))),
  overload('uint(double): uint', (a) => uintOf(double(a, 0))),
  overload('uint(int): uint', (a) => checkedUint(int(a, 0))),
  overload('uint(string): uint', (a) => parseInteger(text(a, 0), true)),
]
