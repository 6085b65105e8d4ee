/** Times as the API carries them: metav1.Time (whole seconds) and metav1.MicroTime, always UTC. */

import { MetaError } from './errors.ts'

/** metav1.Time: `2026-01-31T12:00:00Z`. Fractions of a second are cut off. */
export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** metav1.MicroTime: `2026-01-31T12:00:00.123000Z` (leases, events). */
export function formatMicroTime(date: Date): string {
  return `${date.toISOString().slice(0, 23)}000Z`
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Whether a text is an RFC 3339 time that exists in the calendar. */
export function isTime(text: string): boolean {
  const match = text.length > 64 ? null : rfc3339.exec(text)
  if (match === null) return false
  const [, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.map(Number)
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return month >= 1 && month <= 12 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60
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
