/** Times as the API carries them: metav1.Time (whole seconds) and metav1.MicroTime, always UTC. */

import { MetaError } from './errors.ts'

/** The last text of {@link formatTime}: a write asks for its second several times, and so do its neighbours. */
let known = { second: Number.NaN, text: '' }

/** metav1.Time: `2026-01-31T12:00:00Z`. Fractions of a second are cut off. */
export function formatTime(date: Date): string {
  const second = Math.floor(date.getTime() / 1000)
  if (second !== known.second) known = { second, text: `${date.toISOString().slice(0, 19)}Z` }
  return known.text
}

/** metav1.MicroTime: `2026-01-31T12:00:00.123000Z` (leases, events). */
export function formatMicroTime(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`
}

const rfc3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Whether a text is an RFC 3339 time that exists in the calendar. */
export function isTime(text: string): boolean {
  if (text.length > 64 || !rfc3339.test(text)) return false
  const day = Number(text.slice(8, 10))
  // Every month has these; objects are full of times, and asking the calendar costs most of the check.
  if (day <= 28) return true
  return day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()
}

/** @throws {MetaError} InvalidTime when the text is not an RFC 3339 time */
export function parseTime(text: string): Date {
  const date = new Date(isTime(text) ? text.toUpperCase() : Number.NaN)
  if (Number.isNaN(date.getTime())) {
    throw new MetaError('InvalidTime', `"${text.slice(0, 64)}" is not an RFC 3339 time`, {
      remedy: 'Write it like 2026-01-31T12:00:00Z.',
    })
  }
  return date
}
