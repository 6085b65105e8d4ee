/** Options of writes in the query: dry run, field validation, field manager. */

import { forbiddenValue, invalid, requiredValue, type StatusCause } from '@berth/meta'
import { managerCauses } from '../fieldmanager/check-managers.ts'

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

const optionKinds = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions', delete: 'DeleteOptions' }

export type WriteKind = keyof typeof optionKinds

function refuse(kind: WriteKind, causes: StatusCause[]): Error {
  return invalid({ group: 'meta.k8s.io', kind: optionKinds[kind] }, '', causes)
}

export function unsupportedOption(kind: WriteKind, field: string, value: string, supported: readonly string[]): Error {
  const list = supported.map((each) => JSON.stringify(each)).join(', ')
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`
  return refuse(kind, [{ reason: 'FieldValueNotSupported', message, field }])
}

/** True for `All`, the only kind of dry run there is; several values are allowed when all are `All`. The refusal shows the list. */
export function readDryRun(kind: WriteKind, values: readonly string[]): boolean {
  if (values.every((value) => value === 'All')) return values.length > 0
  const shown = values.map((value) => JSON.stringify(value)).join(', ')
  const message = `Unsupported value: []string{${shown}}: supported values: "All"`
  throw refuse(kind, [{ reason: 'FieldValueNotSupported', message, field: 'dryRun' }])
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
      throw unsupportedOption(kind, 'fieldValidation', value, ['', 'Ignore', 'Strict', 'Warn'])
  }
}

/** @throws {StatusError} Invalid for a name that is too long or cannot be printed */
export function checkFieldManager(kind: WriteKind, query: URLSearchParams): void {
  const causes = managerCauses(query.get('fieldManager') ?? '', 'fieldManager')
  if (causes.length > 0) throw refuse(kind, causes)
}

/**
 * Options of a patch that depend on its type.
 * @returns whether the patch takes what others own
 * @throws {StatusError} Invalid
 */
export function readForce(query: URLSearchParams, apply: boolean): boolean {
  const force = query.get('force')
  if (!apply) {
    if (force !== null) throw refuse('patch', [forbiddenValue('force', 'may not be specified for non-apply patch')])
    return false
  }
  // Under whose name an apply claims fields is for its sender to say, and to keep.
  if ((query.get('fieldManager') ?? '') === '') {
    throw refuse('patch', [requiredValue('fieldManager', 'is required for apply patch')])
  }
  return force !== null && force !== 'false' && force !== '0'
}
