/**
 * Field errors in Kubernetes' words (apimachinery `pkg/util/validation/field`), as the causes of a 422.
 * Rules build causes only through these, so that reason, value and wording always fit together.
 */

import type { StatusCause } from './status.ts'

/** Values longer than this are cut in messages, so that one bad field cannot make a huge answer. */
const maxShown = 1024

function shown(value: unknown): string {
  // Kubernetes prints null as a quoted word.
  const text = value === null || value === undefined ? '"null"' : JSON.stringify(value)
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
}

function withDetail(body: string, detail: string): string {
  return detail === '' ? body : `${body}: ${detail}`
}

/** `Invalid value: "x": detail` */
export function invalidValue(field: string, value: unknown, detail: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: withDetail(`Invalid value: ${shown(value)}`, detail), field }
}

/** As {@link invalidValue}, for a value of the wrong JSON type. */
export function invalidType(field: string, value: unknown, detail: string): StatusCause {
  return { reason: 'FieldValueTypeInvalid', message: withDetail(`Invalid value: ${shown(value)}`, detail), field }
}

/** `Required value: detail` */
export function requiredValue(field: string, detail = ''): StatusCause {
  return { reason: 'FieldValueRequired', message: withDetail('Required value', detail), field }
}

/** `Duplicate value: "x"` */
export function duplicateValue(field: string, value: unknown): StatusCause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${shown(value)}`, field }
}

/** `Unsupported value: "x": supported values: "a", "b"` */
export function unsupportedValue(field: string, value: unknown, supported: readonly unknown[]): StatusCause {
  const list = supported.map((each) => JSON.stringify(typeof each === 'string' ? each : shown(each))).join(', ')
  const detail = supported.length === 0 ? '' : `supported values: ${list}`
  return { reason: 'FieldValueNotSupported', message: withDetail(`Unsupported value: ${shown(value)}`, detail), field }
}

/** `Forbidden: detail` */
export function forbiddenValue(field: string, detail: string): StatusCause {
  return { reason: 'FieldValueForbidden', message: withDetail('Forbidden', detail), field }
}

/** `Not found: "x"` */
export function notFoundValue(field: string, value: unknown): StatusCause {
  return { reason: 'FieldValueNotFound', message: `Not found: ${shown(value)}`, field }
}

/** `Too long: may not be more than 63 bytes` */
export function tooLong(field: string, maxBytes: number): StatusCause {
  return { reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxBytes} bytes`, field }
}

/** `Too many: 5: must have at most 3 items` */
export function tooMany(field: string, actual: number, max: number): StatusCause {
  return { reason: 'FieldValueTooMany', message: `Too many: ${actual}: must have at most ${max} items`, field }
}
