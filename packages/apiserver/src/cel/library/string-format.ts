/** `'%s has %d'.format([…])`: the clauses of the strings extension. */

import type { CelBudget } from '../budget.ts'
import { runtimeType } from '../runtime-type.ts'
import { typeName } from '../types.ts'
import {
  CelDuration,
  CelFailure,
  CelList,
  CelMap,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelValue,
} from '../values.ts'
import { spendWork } from './cost.ts'
import { formatDouble } from './double-text.ts'
import { formatDurationText, formatTimestampText } from './time-text.ts'

class Unformattable extends Error {
  /** Which argument it is about, once that is known. */
  argument: number | undefined
}

const refuse = (message: string): never => {
  throw new Unformattable(message)
}
const nameOf = (value: CelValue): string => {
  const type = runtimeType(value)
  return typeName(type)
}

function fixedDouble(value: number, precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return value.toFixed(precision)
}

/** A value as text, the elements of lists and maps with their own quotes left out. */
function show(value: CelValue, budget: CelBudget, nested = false): string {
  if (typeof value === 'string') {
    spendWork(budget, value.length)
    return value
  }
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return 'NaN'
    return Number.isFinite(value) ? formatDouble(value) : value > 0 ? 'Infinity' : '-Infinity'
  }
  if (value === null) return 'null'
  if (value instanceof CelUint) return String(value.value)
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (value instanceof CelTimestamp) return formatTimestampText(value.nanos)
  if (value instanceof CelDuration) return formatDurationText(value.nanos)
  if (value instanceof CelTypeValue) return typeName(value.type)
  if (value instanceof CelList) {
    if (nested || value.length > 10) budget.spend(1 + value.length)
    return `[${[...value].map((element) => showElement(element, budget)).join(', ')}]`
  }
  if (value instanceof CelMap) return showMap(value, budget, nested)
  return refuse(
    `string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${nameOf(value)}`,
  )
}

/** What lists and maps hold is shown with quotes around text. */
function showElement(value: CelValue, budget: CelBudget): string {
  return typeof value === 'string' ? JSON.stringify(value) : show(value, budget, true)
}

function showMap(map: CelMap, budget: CelBudget, nested: boolean): string {
  if (nested || map.size > 10) budget.spend(1 + map.size)
  const entries = [...map.keys()].map((key): [string, string] => {
    const value = map.get(key)
    return [
      showElement(key, budget),
      value === undefined || value instanceof CelFailure ? '' : showElement(value, budget),
    ]
  })
  const sorted = entries.sort((left, right) => (left[0] < right[0] ? -1 : 1))
  return `{${sorted.map(([key, value]) => `${key}:${value}`).join(', ')}}`
}

/** The exponent is written with raised digits, at least two of them. */
function scientific(value: number, precision: number): string {
  const [digits = '', exponent = ''] = value.toExponential(precision).split('e')
  const power = exponent.slice(1).padStart(2, '0')
  const raised = Array.from(power, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit))).join('')
  return `${digits}×10${exponent.startsWith('-') ? '⁻' : ''}${raised}`
}

const integerOf = (value: CelValue): bigint | undefined =>
  value instanceof CelUint ? value.value : typeof value === 'bigint' ? value : undefined

const special = (value: CelValue): string | undefined =>
  typeof value === 'string' && ['NaN', 'Infinity', '-Infinity'].includes(value) ? value : undefined

function doubleOf(value: CelValue, clause: string): number | string {
  const word = special(value)
  if (word !== undefined) return word
  if (typeof value === 'number') return value
  return refuse(`${clause} clause can only be used on doubles, was given ${nameOf(value)}`)
}

function hexOf(value: CelValue, upper: boolean): string {
  const integer = integerOf(value)
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
  const text =
    integer !== undefined
      ? integer.toString(16)
      : bytes instanceof Uint8Array
        ? Buffer.from(bytes).toString('hex')
        : refuse(`only integers, byte buffers, and strings can be formatted as hex, was given ${nameOf(value)}`)
  return upper ? text.toUpperCase() : text
}

const defaultPrecision = 6
/** Doubles have no more digits that mean anything, and toFixed takes no more than a hundred. */
const maxPrecision = 100

function clauseText(letter: string, precision: number | undefined, value: CelValue, budget: CelBudget): string {
  switch (letter) {
    case 's':
      return show(value, budget)
    case 'd': {
      const integer = integerOf(value)
      return (
        integer?.toString() ??
        special(value) ??
        refuse(`decimal clause can only be used on integers, was given ${nameOf(value)}`)
      )
    }
    case 'f': {
      const number = doubleOf(value, 'fixed-point')
      return typeof number === 'string' ? number : fixedDouble(number, precision ?? defaultPrecision)
    }
    case 'e': {
      const number = doubleOf(value, 'scientific')
      if (typeof number === 'string') return number
      if (!Number.isFinite(number)) return fixedDouble(number, 0)
      return scientific(number, precision ?? defaultPrecision)
    }
    case 'b': {
      if (typeof value === 'boolean') return value ? '1' : '0'
      return (
        integerOf(value)?.toString(2) ??
        refuse(`only integers and bools can be formatted as binary, was given ${nameOf(value)}`)
      )
    }
    case 'x':
    case 'X':
      return hexOf(value, letter === 'X')
    case 'o':
      return (
        integerOf(value)?.toString(8) ?? refuse(`octal clause can only be used on integers, was given ${nameOf(value)}`)
      )
    default:
      return refuse(`could not parse formatting clause: unrecognized formatting clause "${letter}"`)
  }
}

function argumentText(index: number, show: () => string): string {
  try {
    return show()
  } catch (error) {
    if (error instanceof Unformattable) error.argument = index
    throw error
  }
}

function format(template: string, args: CelList, budget: CelBudget): string {
  const parts: string[] = []
  let used = 0
  for (let at = 0; at < template.length;) {
    const percent = template.indexOf('%', at)
    if (percent < 0) {
      parts.push(template.slice(at))
      break
    }
    parts.push(template.slice(at, percent))
    if (template.startsWith('%%', percent)) {
      parts.push('%')
      at = percent + 2
      continue
    }
    const clause = /%(?:\.(\d*))?(.?)/suy
    clause.lastIndex = percent
    const [whole = '', digits, letter = ''] = clause.exec(template) ?? []
    if (letter === '') return refuse('unexpected end of string')
    if (used >= args.length) return refuse(`index ${used} out of range`)
    const precision = digits === undefined ? undefined : Number(digits)
    if (precision !== undefined && (digits === '' || precision > maxPrecision))
      return refuse(`could not parse formatting clause: error while parsing precision: "${digits}" is too large`)
    const shown = argumentText(used, () => clauseText(letter, precision, args.at(used), budget))
    if (shown.length > 100) budget.spend(shown.length / 10)
    parts.push(shown)
    used++
    at = percent + whole.length
  }
  return parts.join('')
}

/** What is wrong with a format string and its arguments, and with which of them. */
export function formatProblem(
  template: string,
  args: CelList,
  budget: CelBudget,
): { message: string; argument?: number } | undefined {
  try {
    format(template, args, budget)
    return undefined
  } catch (error) {
    if (!(error instanceof Unformattable)) throw error
    const { message, argument } = error
    return message.startsWith('could not parse') || argument === undefined
      ? { message }
      : { message: `error during formatting: ${message}`, argument }
  }
}

export function formatText(template: string, args: CelList, budget: CelBudget): string | CelFailure {
  try {
    return format(template, args, budget)
  } catch (error) {
    if (error instanceof Unformattable) return new CelFailure(error.message)
    throw error
  }
}
