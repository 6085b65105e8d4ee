/** Kubernetes `Status`: what every failure looks like to an API client, and the error that carries one. */

import { CodedError } from '@berth/base'
import type { JsonObject } from './object.ts'

/** metav1.StatusReason values this project answers with. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'Invalid'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServiceUnavailable'
  | 'ServerTimeout'
  | 'Timeout'

export interface StatusCause {
  /** FieldValueInvalid, FieldValueRequired, FieldValueDuplicate, FieldValueNotSupported, FieldValueForbidden, … */
  reason?: string
  message?: string
  /** `spec.template.spec.domain.cpu` or `spec.disks[0].name`. */
  field?: string
}

export interface StatusDetails {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: StatusCause[]
  retryAfterSeconds?: number
}

export interface Status {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: JsonObject
  status: 'Success' | 'Failure'
  message?: string
  reason?: StatusReason
  details?: StatusDetails
  code: number
}

/** HTTP code of each reason (apimachinery `errors`). */
export const statusCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  Invalid: 422,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  ServerTimeout: 500,
  Timeout: 504,
} as const satisfies Record<StatusReason, number>

/** A failure an API client sees as a Status object; thrown by handlers and rethrown by clients. */
export class StatusError extends CodedError<StatusReason> {
  readonly status: Status

  constructor(
    reason: StatusReason,
    message: string,
    options: { details?: StatusDetails; cause?: unknown; httpCode?: number } = {},
  ) {
    super(reason, message, { cause: options.cause })
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(options.details === undefined ? {} : { details: withoutEmpty(options.details) }),
      code: options.httpCode ?? statusCodes[reason],
    }
  }

  get httpCode(): number {
    return this.status.code
  }
}

/** The core group has no name, and some refusals have none to name: kube-apiserver then leaves the member out. */
function withoutEmpty(details: StatusDetails): StatusDetails {
  const { name, group, ...rest } = details
  return {
    ...(name === undefined || name === '' ? {} : { name }),
    ...(group === undefined || group === '' ? {} : { group }),
    ...rest,
  }
}

/** `virtualmachines.kubevirt.io` or, in the core group, `pods`. */
export function qualifiedResource(ref: { group: string; resource: string }): string {
  return ref.group === '' ? ref.resource : `${ref.resource}.${ref.group}`
}

type Target = { group: string; resource: string }

export function notFound(target: Target, name: string): StatusError {
  return new StatusError('NotFound', `${qualifiedResource(target)} "${name}" not found`, {
    details: { name, group: target.group, kind: target.resource },
  })
}

export function alreadyExists(target: Target, name: string): StatusError {
  return new StatusError('AlreadyExists', `${qualifiedResource(target)} "${name}" already exists`, {
    details: { name, group: target.group, kind: target.resource },
  })
}

export function conflict(target: Target, name: string, why: string): StatusError {
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(target)} "${name}": ${why}`,
    {
      details: { name, group: target.group, kind: target.resource },
    },
  )
}

export function badRequest(message: string): StatusError {
  return new StatusError('BadRequest', message)
}

/** Causes and characters of a refusal at most: what is wrong a million times would else be written out a million times. */
const maxCauses = 1000
const maxCauseText = 256 * 1024

/** The first causes, as many as anybody will read, with their texts; the last says how many are left out. */
function firstCauses(all: readonly StatusCause[]): { causes: StatusCause[]; texts: string[] } {
  const causes: StatusCause[] = []
  const texts: string[] = []
  let left = maxCauseText
  for (const cause of all) {
    const { field, message = '' } = cause
    left -= message.length
    if (causes.length > 0 && (left < 0 || causes.length >= maxCauses)) {
      const more = `and ${all.length - causes.length} more faults`
      causes.push({ message: more })
      texts.push(more)
      break
    }
    const shown = message.length > maxCauseText ? `${message.slice(0, maxCauseText)}...` : message
    causes.push(shown === message ? cause : { ...cause, message: shown })
    texts.push(field === undefined ? shown : `${field}: ${shown}`)
  }
  return { causes, texts }
}

/**
 * 422 with causes, worded as kube-apiserver words it: `Kind.group "name" is invalid: field: message`.
 * @param kind the object's kind, not the resource
 */
export function invalid(kind: { group: string; kind: string }, name: string, all: StatusCause[]): StatusError {
  const { causes, texts } = firstCauses(all)
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  return new StatusError('Invalid', `${qualified} "${name}" is invalid: ${list}`, {
    details: { name, group: kind.group, kind: kind.kind, causes },
  })
}
