/** Options of writes in the query: dry run, field validation, field manager. */

import { invalid, type StatusCause } from '@berth/meta'

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

const optionKinds = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions', delete: 'DeleteOptions' }

export type WriteKind = keyof typeof optionKinds

function refuse(kind: WriteKind, cause: StatusCause): Error {
  return invalid({ group: 'meta.k8s.io', kind: optionKinds[kind] }, '', [cause])
}

export function unsupportedOption(kind: WriteKind, field: string, value: string, supported: readonly string[]): Error {
  const list = supported.map((each) => JSON.stringify(each)).join(', ')
  return refuse(kind, {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
    field,
  })
}

/** True for `All`, the only kind of dry run there is; several values are allowed when all are `All`. */
export function readDryRun(kind: WriteKind, values: readonly string[]): boolean {
  for (const value of values) {
    if (value !== 'All') throw unsupportedOption(kind, 'dryRun', value, ['All'])
  }
  return values.length > 0
}

/** `Warn` unless asked otherwise, as since Kubernetes 1.25. */
export function readFieldValidation(kind: WriteKind, query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? ''
  switch (value) {
    case '':
    case 'Warn':
      return 'Warn'
    case 'Strict':
    case 'Ignore':
      return value
    default:
      throw unsupportedOption(kind, 'fieldValidation', value, ['Ignore', 'Strict', 'Warn'])
  }
}

/** Characters a `fieldManager` may have at most. */
const maxManager = 128

/** Checked although nothing is recorded under it yet, so that clients learn of a bad one. */
export function checkFieldManager(kind: WriteKind, query: URLSearchParams): void {
  const manager = query.get('fieldManager') ?? ''
  if (manager.length > maxManager) {
    throw refuse(kind, {
      reason: 'FieldValueTooLong',
      message: `Too long: may not be more than ${maxManager} bytes`,
      field: 'fieldManager',
    })
  }
}
