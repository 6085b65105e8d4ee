/** Fields with a few possible values, and lists of Go as they are shown in messages. */

import { ownMember, unsupportedValue, type JsonObject, type StatusCause } from '@berth/meta'

export const choices = {
  failurePolicy: ['Fail', 'Ignore'],
  matchPolicy: ['Equivalent', 'Exact'],
  reinvocationPolicy: ['IfNeeded', 'Never'],
  scope: ['*', 'Cluster', 'Namespaced'],
} as const

/** Absent is fine. */
export function choiceCauses(parent: JsonObject, field: keyof typeof choices, path: string): StatusCause[] {
  const value = ownMember(parent, field)
  const supported = choices[field]
  if (value === undefined || value === null || supported.some((each) => each === value)) return []
  return [unsupportedValue(`${path}.${field}`, value, supported)]
}

/** `Invalid value: []string{"a", "b"}: detail` */
export function invalidList(
  field: string,
  { type, values, detail }: { type: string; values: readonly string[]; detail: string },
): StatusCause {
  const shown = values
    .map((value) => JSON.stringify(value))
    .join(', ')
    .slice(0, 1024)
  return { reason: 'FieldValueInvalid', message: `Invalid value: []${type}{${shown}}: ${detail}`, field }
}
