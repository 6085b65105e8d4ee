/** Names and sizes that forms propose and check. */

import { isDns1123Subdomain, parseQuantity, quantityToBytes } from '@berth/meta'

/** `web-2026-01-31-1405`: told apart by when it was made. */
export function timedName(prefix: string, now: Date): string {
  const stamp = now.toISOString().slice(0, 16).replace('T', '-').replace(':', '')
  return `${prefix.slice(0, 40)}-${stamp}`
}

export function isName(text: string): boolean {
  return text.length <= 63 && isDns1123Subdomain(text).length === 0
}

export function isQuantity(text: string): boolean {
  try {
    parseQuantity(text)
    return true
  } catch {
    return false
  }
}

/** Bytes of a quantity; undefined when it is none. */
export function bytesIn(text: string): number | undefined {
  return isQuantity(text) ? quantityToBytes(text) : undefined
}

/** As one writes it: `12Gi` where that is whole. */
export function quantityOf(bytes: number): string {
  const units = [
    ['Ti', 2 ** 40],
    ['Gi', 2 ** 30],
    ['Mi', 2 ** 20],
  ] as const
  const unit = units.find(([, size]) => bytes >= size && bytes % size === 0)
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`
}
