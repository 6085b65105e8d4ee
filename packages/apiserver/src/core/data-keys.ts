/** Rules that Secrets and ConfigMaps share: what a key may be, how large all values may be, and `immutable`. */

import { forbiddenValue, invalidValue, tooLong, type JsonObject, type StatusCause } from '@berth/meta'
import { sameContent } from './fields.ts'

/** Bytes of all values together (core validation `MaxSecretSize`). */
export const maxDataBytes = 1024 * 1024

const keyPattern = /^[-._a-zA-Z0-9]+$/

export function keyCauses(data: JsonObject | undefined, field: string): StatusCause[] {
  return Object.keys(data ?? {}).flatMap((key) => {
    const path = `${field}[${key}]`
    if (key.length > 253) return [tooLong(path, 253)]
    if (key === '.' || key === '..') return [invalidValue(path, key, `must not be '${key}'`)]
    if (key.startsWith('..')) return [invalidValue(path, key, "must not start with '..'")]
    if (keyPattern.test(key)) return []
    const words =
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    return [invalidValue(path, key, words)]
  })
}

/** After `immutable: true` neither the flag nor the content may change. */
export function immutableCauses(object: JsonObject, previous: JsonObject | undefined, fields: string[]): StatusCause[] {
  if (previous === undefined || previous['immutable'] !== true) return []
  return ['immutable', ...fields]
    .filter((field) => !sameContent(object[field], previous[field]))
    .map((field) => forbiddenValue(field, 'field is immutable when `immutable` is set'))
}

/** Length of what a base64 text stands for, without decoding it. */
export function decodedLength(base64: string): number {
  return Math.floor((base64.replace(/=+$/, '').length * 3) / 4)
}
