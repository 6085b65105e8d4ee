/** Sizes of disks as people type them. */

import { formatQuantity, quantityFromBytes, quantityToBytes } from '@berth/meta'
import { CliError } from '../failure.ts'

const smallest = 1024 * 1024

/** @throws {CliError} Usage, with what was probably meant */
export function bytesOf(size: string): number {
  const bytes = bytesIn(size)
  if (bytes !== undefined && bytes >= smallest) return bytes
  const number = /^\d+(\.\d+)?/.exec(size)?.[0]
  const unit = /^\d[\d.]*\s*([kmgtp])/i.exec(size)?.[1]?.toUpperCase() ?? 'G'
  const remedy = `Write it like ${number === undefined || Number(number) === 0 ? '20' : number}${unit}i.`
  if (bytes === undefined) throw new CliError('Usage', `"${size}" is no size`, { remedy })
  throw new CliError('Usage', `"${size}" is ${bytes} bytes, which is too little for a disk`, { remedy })
}

/** @param typed `40Gi`, or `+20Gi` for so much more than now @throws {CliError} Usage */
export function grownSize(typed: string, nowBytes: number | undefined): string {
  if (!typed.startsWith('+')) return typed
  return formatQuantity(quantityFromBytes((nowBytes ?? 0) + bytesOf(typed.slice(1))))
}

/** undefined when it is no quantity. */
export function bytesIn(size: string | undefined): number | undefined {
  try {
    return size === undefined ? undefined : quantityToBytes(size)
  } catch {
    return undefined
  }
}
