/** The string formats a schema can ask for (those Kubernetes checks for CustomResourceDefinitions), and patterns. */

import { DurationError, parseDuration } from '@berth/base'
import { MetaError } from '../errors.ts'
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

const checks: Record<string, (text: string) => boolean> = {
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

/** Whether a text has the format; unknown formats hold, as in Kubernetes. */
export function hasFormat(format: string, text: string): boolean {
  const check = Object.hasOwn(checks, format) ? checks[format] : undefined
  return check === undefined || check(text)
}

const patterns = new Map<string, RegExp>()
/** Patterns come from schemas, of which there are few; the limit only guards against endless re-registration. */
const maxPatterns = 5000

/**
 * The regular expression of a schema's `pattern`. Kubernetes reads patterns with Go's RE2; the few spellings that differ
 * here are translated, and what JavaScript cannot read is refused.
 * @throws {MetaError} InvalidSchema
 */
export function patternOf(source: string): RegExp {
  const known = patterns.get(source)
  if (known !== undefined) return known
  const flags = /^\(\?([ims]+)\)/.exec(source)
  const body = source
    .slice(flags?.[0].length ?? 0)
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\\A/g, '^')
    .replaceAll(/\\z/g, '$')
  try {
    const compiled = new RegExp(body, [...new Set(flags?.[1])].join(''))
    if (patterns.size >= maxPatterns) patterns.clear()
    patterns.set(source, compiled)
    return compiled
  } catch (cause) {
    throw new MetaError('InvalidSchema', `the pattern ${JSON.stringify(source)} is not a regular expression`, { cause })
  }
}
