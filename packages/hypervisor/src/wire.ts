/**
 * Reads values that QEMU or a guest sent. Both may be hostile, so every value is checked for its type and bounded in size before it
 * is used; whatever is wrong becomes a Protocol error that names the place.
 */

import { DriverError } from './driver.ts'

export type WireRecord = Readonly<Record<string, unknown>>

/** Longest text that is taken from a reply; longer text is cut. */
const maxText = 1024
/** Most entries that are taken from a list; the rest is left out. */
const maxEntries = 4096

function wrong(place: string, expected: string): DriverError {
  return new DriverError('Protocol', `${place} is not ${expected}`)
}

export function readRecord(value: unknown, place: string): WireRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'an object')
  return { ...value }
}

/** A list with each entry read by `read`; at most 4096 entries are taken. */
export function readList<T>(value: unknown, place: string, read: (entry: unknown, place: string) => T): T[] {
  if (!Array.isArray(value)) throw wrong(place, 'a list')
  return value.slice(0, maxEntries).map((entry, index) => read(entry, `${place}[${index}]`))
}

export function readText(value: unknown, place: string): string {
  if (typeof value !== 'string') throw wrong(place, 'text')
  return value.slice(0, maxText)
}

export function readOptionalText(value: unknown, place: string): string | undefined {
  return value === undefined || value === null ? undefined : readText(value, place)
}

export function readNumber(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(place, 'a number')
  return value
}

export function readOptionalNumber(value: unknown, place: string): number | undefined {
  return value === undefined || value === null ? undefined : readNumber(value, place)
}

export function readBoolean(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw wrong(place, 'true or false')
  return value
}
