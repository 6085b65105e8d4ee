/** Amounts as people write them in queries. */

const byteUnits: Readonly<Record<string, number>> = {
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
  p: 1e15,
  pb: 1e15,
  ki: 2 ** 10,
  kib: 2 ** 10,
  mi: 2 ** 20,
  mib: 2 ** 20,
  gi: 2 ** 30,
  gib: 2 ** 30,
  ti: 2 ** 40,
  tib: 2 ** 40,
  pi: 2 ** 50,
  pib: 2 ** 50,
}
const durationUnits: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
}
const flags: Readonly<Record<string, boolean>> = { yes: true, true: true, no: false, false: false }

/** `8GiB`, `8Gi`, `500M`; a unit is needed, because nobody means 8 bytes. Undefined when it is none. */
export function readBytes(text: string): number | undefined {
  if (text === '0') return 0
  return amount(text, byteUnits)
}

/** Milliseconds of `90s`, `15m`, `2h`, `7d`, `2w`, `1d12h`. Undefined when it is none. */
export function readAge(text: string): number | undefined {
  const parts = text.toLowerCase().match(/\d+(?:\.\d+)?[a-z]+/g)
  if (parts === null || parts.join('') !== text.toLowerCase()) return undefined
  let total = 0
  for (const part of parts) {
    const value = amount(part, durationUnits)
    if (value === undefined) return undefined
    total += value
  }
  return total
}

export function readNumber(text: string): number | undefined {
  return /^\d{1,15}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined
}

export function readFlag(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  return Object.hasOwn(flags, lower) ? flags[lower] : undefined
}

function amount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)\s?([a-z]{1,3})$/i.exec(text)
  const unit = match?.[2]?.toLowerCase() ?? ''
  const size = Object.hasOwn(units, unit) ? units[unit] : undefined
  return size === undefined || match?.[1] === undefined ? undefined : Number(match[1]) * size
}
