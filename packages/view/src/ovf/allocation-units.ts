/** Units of OVF: `byte * 2^20` as the standard writes them, `MegaBytes` as older writers do. */

import { OvfError } from './ovf-error.ts'

const words: Readonly<Record<string, number>> = {
  '': 1,
  byte: 1,
  bytes: 1,
  kilobytes: 1024,
  kb: 1024,
  megabytes: 1024 ** 2,
  mb: 1024 ** 2,
  gigabytes: 1024 ** 3,
  gb: 1024 ** 3,
}

/**
 * @param what for messages: `the capacity of disk vmdisk1`
 * @throws {OvfError} Unreadable
 */
export function bytesOf(amount: string, units: string | undefined, what: string): number {
  const factor = factorOf(units ?? '')
  const value = /^\d{1,20}$/.test(amount) ? Number(amount) * (factor ?? Number.NaN) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  const shown = `${amount} ${units ?? ''}`.trim().slice(0, 60)
  throw new OvfError('Unreadable', `${what} is given as "${shown}", which is no number of bytes`)
}

function factorOf(units: string): number | undefined {
  const plain = units.trim().toLowerCase()
  const known = words[plain]
  if (known !== undefined) return known
  const [, base = '', exponent = ''] = /^bytes?\s*\*\s*(2|10)\s*\^\s*(\d{1,2})$/.exec(plain) ?? []
  if (base === '') return undefined
  return Number(base) ** Number(exponent)
}
