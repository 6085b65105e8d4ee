/** The string formats a schema can ask for (those Kubernetes checks for CustomResourceDefinitions), and patterns. */

import { DurationError, parseDuration } from '@berth/base'
import { MetaError } from '../errors.ts'
import { Matcher } from '../regex/match.ts'
import { parsePattern } from '../regex/parse.ts'
import { programOf } from '../regex/program.ts'
import { isTime } from '../time.ts'

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

function isIpv6(text: string): boolean {
  if (text.length > 45 || !text.includes(':')) return false
  const tail = /:(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text)?.[1]
  if (tail !== undefined && !ipv4.test(tail)) return false
  // An IPv4 tail stands for two groups.
  const groups = tail === undefined ? text : `${text.slice(0, -tail.length)}0:0`
  const halves = groups.split('::')
  const parts = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const fits = halves.length === 2 ? parts.length <= 7 : halves.length === 1 && parts.length === 8
  return fits && parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/')
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  return (ipv4.test(address) && Number(bits) <= 32) || (isIpv6(address) && Number(bits) <= 128)
}

function isDuration(text: string): boolean {
  try {
    parseDuration(text)
    return true
  } catch (error) {
    if (error instanceof DurationError) return false
    throw error
  }
}

/** Formats of go-openapi beyond those of Kubernetes' own kinds, as patterns. */
const shapes: Record<string, RegExp> = {
  uuid3: /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  uuid4: /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i,
  uuid5: /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i,
  bsonobjectid: /^[0-9a-f]{24}$/i,
  ssn: /^\d{3}[- ]?\d{2}[- ]?\d{4}$/,
  hexcolor: /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i,
  rgbcolor:
    /^rgb\(\s*(?:25[0-5]|2[0-4]\d|1?\d?\d)\s*,\s*(?:25[0-5]|2[0-4]\d|1?\d?\d)\s*,\s*(?:25[0-5]|2[0-4]\d|1?\d?\d)\s*\)$/,
  creditcard:
    /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/,
}

/** An address as Go's net/mail reads it, for what people write: `name@host`, or `Name <name@host>`. */
function isEmail(text: string): boolean {
  if (text.length > 320) return false
  const inner = /^[^<>@]*<([^<>]*)>$/.exec(text)?.[1] ?? text
  const at = inner.lastIndexOf('@')
  return at > 0 && /^[^\s@<>(),;:"[\]]+$/.test(inner.slice(0, at)) && /^[^\s@<>(),;:"]+$/.test(inner.slice(at + 1))
}

/** As net/url.ParseRequestURI: absolute, or a path. */
function isUri(text: string): boolean {
  return /^(?:[A-Za-z][A-Za-z0-9+.-]*:[^\s]*|\/[^\s]*)$/.test(text) && !/%(?![0-9A-Fa-f]{2})/.test(text)
}

function isIsbn10(text: string): boolean {
  const digits = text.replaceAll(/[\s-]/g, '')
  if (!/^\d{9}[\dXx]$/.test(digits)) return false
  const sum = Array.from(digits).reduce(
    (total, char, index) => total + (10 - index) * (/x/i.test(char) ? 10 : Number(char)),
    0,
  )
  return sum % 11 === 0
}

function isIsbn13(text: string): boolean {
  const digits = text.replaceAll(/[\s-]/g, '')
  if (!/^\d{13}$/.test(digits)) return false
  return (
    Array.from(digits).reduce((total, char, index) => total + Number(char) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0
  )
}

const checks: Record<string, (text: string) => boolean> = {
  email: isEmail,
  uri: isUri,
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  ...Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const cleaned = (text: string): string => (name === 'creditcard' ? text.replaceAll(/\D/g, '') : text)
      return [name, (text: string) => text.length <= 256 && shape.test(cleaned(text))]
    }),
  ),
  'date-time': isTime,
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && isTime(`${text}T00:00:00Z`),
  duration: (text) => text.length <= 128 && isDuration(text),
  byte: (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
  ipv4: (text) => ipv4.test(text),
  ipv6: isIpv6,
  cidr: isCidr,
  mac: (text) => /^[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4}$/.test(text),
  uuid: (text) => /^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/.test(text),
  hostname: (text) => text.length <= 253 && /^(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.?$/.test(text),
}

/** Formats that are known without dashes, or checked as nothing. */
const knownNames = new Set(['datetime', 'password', ...Object.keys(checks)])

const dashed = (name: string): string => name.replaceAll('-', '')

/** Whether Kubernetes checks the format in custom kinds; it ignores all others. */
export function isKnownFormat(format: string): boolean {
  return Object.hasOwn(checks, format) || knownNames.has(dashed(format))
}

/** Whether a text has the format; unknown formats hold, as in Kubernetes. */
export function hasFormat(format: string, text: string): boolean {
  const name = format === 'datetime' ? 'date-time' : format
  const check = Object.hasOwn(checks, name) ? checks[name] : undefined
  return check === undefined || check(text)
}

/** A compiled `pattern`. */
export interface Pattern {
  /** Whether it matches anywhere in the text. Takes time in proportion to the text, whatever the pattern. */
  test(text: string, spend?: (steps: number) => void): boolean
}

const patterns = new Map<string, Pattern>()
/** Steps of all compiled patterns together; past it they are compiled again when they are asked for. */
const maxSteps = 500_000
let steps = 0

/**
 * The regular expression of a schema's `pattern`, in RE2 syntax as Kubernetes reads it. Clients bring their own patterns with
 * custom kinds, so they are not run by JavaScript's engine, which some keep busy for years.
 * @throws {MetaError} InvalidSchema
 */
export function patternOf(source: string): Pattern {
  const known = patterns.get(source)
  if (known !== undefined) return known
  try {
    const compiled = new Matcher(programOf(parsePattern(source)))
    if (steps + compiled.size > maxSteps) {
      patterns.clear()
      steps = 0
    }
    steps += compiled.size
    patterns.set(source, compiled)
    return compiled
  } catch (cause) {
    throw new MetaError('InvalidSchema', `the pattern ${JSON.stringify(source)} is not a regular expression`, { cause })
  }
}

/** What is wrong with a pattern, in Go's words; undefined when it can be used. */
export function patternProblem(source: string): string | undefined {
  try {
    programOf(parsePattern(source))
    return undefined
  } catch (error) {
    if (error instanceof MetaError) return error.message
    throw error
  }
}
