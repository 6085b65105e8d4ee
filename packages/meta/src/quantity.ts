/**
 * resource.Quantity: the fixed-point numbers of Kubernetes (`500m`, `1Gi`, `12e6`), exact to a billionth.
 * Rules: apimachinery `pkg/api/resource`.
 */

import { MetaError } from './errors.ts'

/** Which suffixes a quantity was written with, and is printed with. */
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent'

export interface Quantity {
  /** The value in billionths, the finest step Kubernetes keeps. */
  readonly nanos: bigint
  readonly format: QuantityFormat
}

const nano = 1_000_000_000n
/** Larger values with a binary suffix are cut to this, as Kubernetes does. */
const maxBinary = (2n ** 63n - 1n) * nano
/** Longer texts are refused: BigInt parsing is not linear, and no honest quantity is this long. */
const maxLength = 128
const maxExponent = 100

const decimalExponents: Record<string, number> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const decimalSuffixes = new Map(Object.entries(decimalExponents).map(([suffix, exponent]) => [exponent, suffix]))
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

const words = {
  form: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  suffix: "unable to parse quantity's suffix",
}

function refuse(text: string, why: string): MetaError {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  return new MetaError('InvalidQuantity', why, {
    remedy: `Write "${shown}" as a number with an optional suffix, like 500m, 2, 1Gi or 10G.`,
  })
}

/**
 * Reads a quantity from a manifest. Values finer than a billionth round away from zero.
 * @throws {MetaError} InvalidQuantity, with Kubernetes' wording
 */
export function parseQuantity(input: string | number): Quantity {
  const text = String(input)
  const match = text.length > maxLength ? null : /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[+-]?\d*)$/.exec(text)
  if (match === null) throw refuse(text, words.form)
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match
  const scale = readSuffix(suffix)
  if (scale === undefined) throw refuse(text, words.suffix)
  if (whole === '' && fraction === '') throw refuse(text, words.form)
  const digits = BigInt(whole + fraction)
  const magnitude = digits === 0n ? 0n : scaleToNanos(digits, scale, fraction.length)
  const capped = scale.format === 'BinarySI' && magnitude > maxBinary ? maxBinary : magnitude
  // A binary fraction below one has no binary form; Kubernetes falls back to decimal.
  const format = scale.format === 'BinarySI' && capped > 0n && capped < nano ? 'DecimalSI' : scale.format
  return { nanos: sign === '-' ? -capped : capped, format }
}

interface Scale {
  format: QuantityFormat
  base: 2 | 10
  exponent: number
}

function readSuffix(suffix: string): Scale | undefined {
  const binary = suffix === '' ? -1 : binarySuffixes.indexOf(suffix)
  if (binary > 0) return { format: 'BinarySI', base: 2, exponent: binary * 10 }
  if (Object.hasOwn(decimalExponents, suffix)) {
    return { format: 'DecimalSI', base: 10, exponent: decimalExponents[suffix] ?? 0 }
  }
  if (/^[eE][+-]?\d+$/.test(suffix)) {
    const exponent = Number(suffix.slice(1))
    // Kubernetes takes any 32-bit exponent, and computes the huge number; no real quantity comes near this limit.
    if (Math.abs(exponent) <= maxExponent) return { format: 'DecimalExponent', base: 10, exponent }
  }
  return undefined
}

function scaleToNanos(digits: bigint, { base, exponent }: Scale, fractionDigits: number): bigint {
  if (base === 2) return divideUp(digits * 2n ** BigInt(exponent) * nano, 10n ** BigInt(fractionDigits))
  const power = exponent + 9 - fractionDigits
  return power >= 0 ? digits * 10n ** BigInt(power) : divideUp(digits, 10n ** BigInt(-power))
}

/** Division of a non-negative number, rounded up. */
function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by
}

/** The canonical text, as Kubernetes prints it: `1024Mi` reads `1Gi`, `0.5` reads `500m`. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0'
  const sign = nanos < 0n ? '-' : ''
  const magnitude = nanos < 0n ? -nanos : nanos
  if (format === 'BinarySI' && magnitude >= 1024n * nano && magnitude % nano === 0n) {
    let value = magnitude / nano
    let power = 0
    while (value % 1024n === 0n && power < binarySuffixes.length - 1) {
      value /= 1024n
      power += 1
    }
    return `${sign}${value}${binarySuffixes[power] ?? ''}`
  }
  let value = magnitude
  let exponent = -9
  // The suffixes end at exa; an exponent can go on.
  const last = format === 'DecimalExponent' ? Infinity : 18
  while (value % 1000n === 0n && exponent < last) {
    value /= 1000n
    exponent += 3
  }
  if (format === 'DecimalExponent') return `${sign}${value}${exponent === 0 ? '' : `e${exponent}`}`
  return `${sign}${value}${decimalSuffixes.get(exponent) ?? ''}`
}

/** {@link parseQuantity} then {@link formatQuantity}. @throws {MetaError} InvalidQuantity */
export function canonicalQuantity(input: string | number): string {
  return formatQuantity(parseQuantity(input))
}

/** What the arithmetic takes: a parsed quantity, or the text or number of a manifest. */
export type QuantityLike = Quantity | string | number

function read(input: QuantityLike): Quantity {
  return typeof input === 'object' ? input : parseQuantity(input)
}

/** -1, 0 or 1. @throws {MetaError} InvalidQuantity */
export function compareQuantities(left: QuantityLike, right: QuantityLike): -1 | 0 | 1 {
  const [a, b] = [read(left).nanos, read(right).nanos]
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Sum; keeps the left side's suffix family unless it is zero. @throws {MetaError} InvalidQuantity */
export function addQuantities(left: QuantityLike, right: QuantityLike): Quantity {
  const [a, b] = [read(left), read(right)]
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format }
}

/** Difference; keeps the left side's suffix family unless it is zero. @throws {MetaError} InvalidQuantity */
export function subtractQuantities(left: QuantityLike, right: QuantityLike): Quantity {
  const b = read(right)
  return addQuantities(left, { nanos: -b.nanos, format: b.format })
}

/** The value as a floating point number: `500m` is 0.5. @throws {MetaError} InvalidQuantity */
export function quantityToNumber(input: QuantityLike): number {
  const { nanos } = read(input)
  return Number(nanos / nano) + Number(nanos % nano) / 1e9
}

/** Whole units (bytes of a size, cores of a CPU), rounded away from zero. @throws {MetaError} InvalidQuantity */
export function quantityToBytes(input: QuantityLike): number {
  return Number(roundAway(read(input).nanos, nano))
}

/** Thousandths (millicores of a CPU), rounded away from zero. @throws {MetaError} InvalidQuantity */
export function quantityToMillis(input: QuantityLike): number {
  return Number(roundAway(read(input).nanos, 1_000_000n))
}

function roundAway(value: bigint, by: bigint): bigint {
  return value < 0n ? -divideUp(-value, by) : divideUp(value, by)
}

/** The quantity of a size in whole bytes, printed with binary suffixes: 1073741824 reads `1Gi`. */
export function quantityFromBytes(bytes: number | bigint): Quantity {
  return { nanos: BigInt(typeof bytes === 'number' ? Math.ceil(bytes) : bytes) * nano, format: 'BinarySI' }
}
