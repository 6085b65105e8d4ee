/** Timestamps and durations as text: RFC 3339, and Go's `1h30m`. */

const nano = 1_000_000_000n
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: nano,
  m: 60n * nano,
  h: 3600n * nano,
}
const maxInt = 2n ** 63n - 1n
/** Longer texts are no durations, and their numbers would take long to read. */
const maxLength = 128

/** Nanoseconds of a duration (`-1.5h`, `300ms`), or undefined when the text is none or too much. */
export function parseDurationText(text: string): bigint | undefined {
  const negative = text.startsWith('-')
  const rest = text.replace(/^[-+]/, '')
  if (rest === '0') return 0n
  if (rest === '' || text.length > maxLength || !/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest))
    return undefined
  let nanos = 0n
  for (const [, whole = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const size = units[unit] ?? 0n
    nanos += BigInt(whole === '' ? '0' : whole) * size
    if (fraction !== '') nanos += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length)
  }
  if (nanos > maxInt + (negative ? 1n : 0n)) return undefined
  return negative ? -nanos : nanos
}

/** Seconds with as many decimals as it takes: `5400s`, `1.5s`. */
export function formatDurationText(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos
  const fraction = (size % nano).toString().padStart(9, '0').replace(/0+$/, '')
  return `${nanos < 0n ? '-' : ''}${size / nano}${fraction === '' ? '' : `.${fraction}`}s`
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/

/** Nanoseconds since 1970 of an RFC 3339 time, or undefined when the text is none. */
export function parseTimestampText(text: string): bigint | undefined {
  const match = text.length > maxLength ? null : rfc3339.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  const [zoneHour, zoneMinute] = [Number(match[9] ?? 0), Number(match[10] ?? 0)]
  if (!real || hour > 23 || minute > 59 || second > 59 || zoneHour > 24 || zoneMinute > 60) return undefined
  const offset = (zoneHour * 60 + zoneMinute) * (match[8] === '-' ? -60 : 60)
  const seconds = BigInt(date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset)
  return seconds * nano + BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'))
}

/** A calendar date (`2026-01-31`) as the start of its day. */
export function parseDateText(text: string): bigint | undefined {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? parseTimestampText(`${text}T00:00:00Z`) : undefined
}

export function formatTimestampText(nanos: bigint): string {
  const fraction = (((nanos % nano) + nano) % nano).toString().padStart(9, '0').replace(/0+$/, '')
  const seconds = (nanos - (((nanos % nano) + nano) % nano)) / nano
  const text = new Date(Number(seconds) * 1000).toISOString().replace('.000Z', '')
  return `${text}${fraction === '' ? '' : `.${fraction}`}Z`
}
