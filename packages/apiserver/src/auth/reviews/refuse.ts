/** How a review is refused: kube-apiserver names neither its kind nor its name, only the group. */

import { StatusError, type StatusCause } from '@berth/meta'

export const reviewGroup = 'authorization.k8s.io'

export function invalidReview(causes: readonly StatusCause[]): StatusError {
  const texts = causes.map(({ field = '', message = '' }) => `${field}: ${message}`)
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
  return new StatusError('Invalid', `.${reviewGroup} "" is invalid: ${list}`, {
    details: { group: reviewGroup, causes: [...causes] },
  })
}

/** As Go prints a struct. */
export function goStruct(name: string, fields: Readonly<Record<string, string>>): string {
  const list = Object.entries(fields).map(([key, value]) => `${key}:${JSON.stringify(value)}`)
  return `${name}{${list.join(', ')}}`
}

export function invalidGoValue(field: string, value: string, why: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${why}`, field }
}
