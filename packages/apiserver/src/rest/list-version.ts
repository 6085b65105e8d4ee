/** What `resourceVersion`, `resourceVersionMatch`, `limit` and `continue` ask of a list (Kubernetes API concepts, "Resource versions"). */

import { badRequest, invalid, StatusError, type StatusCause } from '@berth/meta'
import type { Store } from '../storage/store.ts'

export interface ListVersion {
  limit: number | undefined
  /** State as of this revision; now when undefined. */
  revision: number | undefined
  /** Continue after this key. */
  after: string | undefined
}

/** Larger answers are cut into pages by clients themselves; this only keeps the number sane. */
const maxLimit = 1_000_000

/**
 * @throws {StatusError} BadRequest, Invalid, or Timeout for a version that has not happened yet
 */
export function readListVersion(store: Store, query: URLSearchParams): ListVersion {
  const limit = readLimit(query.get('limit') ?? '')
  const version = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  const token = query.get('continue') ?? ''
  checkCombination({ version, match, token })
  if (token !== '') return { limit, ...decodeContinue(token) }
  const wanted = readRevision(version)
  if (wanted === undefined || wanted === 0) return { limit, revision: undefined, after: undefined }
  checkNotTooNew(store, version)
  // With a limit and no rule, old clients mean this exact version.
  const exact = match === 'Exact' || (match === '' && limit !== undefined)
  return { limit, revision: exact ? wanted : undefined, after: undefined }
}

function checkCombination({ version, match, token }: { version: string; match: string; token: string }): void {
  const causes: StatusCause[] = []
  const forbid = (message: string): void => {
    causes.push({ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field: 'resourceVersionMatch' })
  }
  if (match !== '' && token !== '') forbid('resourceVersionMatch is forbidden when continue is provided')
  else if (match !== '' && version === '')
    forbid('resourceVersionMatch is forbidden unless resourceVersion is provided')
  else if (match === 'Exact' && version === '0')
    forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
    causes.push({
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan"`,
      field: 'resourceVersionMatch',
    })
  }
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes)
  if (token !== '' && version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
}

function readLimit(text: string): number | undefined {
  if (text === '' || text === '0') return undefined
  const limit = Number(text)
  if (!/^[0-9]{1,10}$/.test(text))
    throw badRequest(`limit must be a whole number, not ${JSON.stringify(text.slice(0, 64))}`)
  return Math.min(limit, maxLimit)
}

/** @returns undefined for the empty text */
export function readRevision(text: string): number | undefined {
  if (text === '') return undefined
  const revision = Number(text)
  if (!/^[0-9]{1,19}$/.test(text) || !Number.isSafeInteger(revision)) {
    throw badRequest(
      `Invalid value: ${JSON.stringify(text.slice(0, 64))}: resourceVersion must be a whole number the server gave out`,
    )
  }
  return revision
}

/** @throws {StatusError} Timeout, which tells client-go to list again without a version */
export function checkNotTooNew(store: Store, text: string): void {
  const wanted = readRevision(text)
  if (wanted !== undefined && wanted > store.revision) throw tooNew(wanted, store.revision)
}

export function tooNew(wanted: number, current: number): StatusError {
  return new StatusError('Timeout', `Too large resource version: ${wanted}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  })
}

/** 410 for a version before the kept history. */
export function tooOld(message: string): StatusError {
  return new StatusError('Expired', message)
}

/** An opaque place to continue from: the listed revision and the last key. -1 continues with the current state. */
export function encodeContinue(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString('base64url')
}

function decodeContinue(token: string): { revision: number | undefined; after: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    parsed = undefined
  }
  if (isToken(parsed)) return { revision: parsed.rv < 0 ? undefined : parsed.rv, after: parsed.start }
  throw badRequest('continue key is not valid: it was not given out by this server')
}

function isToken(value: unknown): value is { rv: number; start: string } {
  if (typeof value !== 'object' || value === null) return false
  const { rv, start } = value as { rv?: unknown; start?: unknown }
  return Number.isSafeInteger(rv) && typeof start === 'string'
}
