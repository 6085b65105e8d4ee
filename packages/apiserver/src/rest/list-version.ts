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
  // Only a watch has a use for it, but what cannot be read is refused everywhere.
  readInteger(query.get('timeoutSeconds') ?? '')
  const version = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  const token = query.get('continue') ?? ''
  checkCombination({ version, match, token, sendInitialEvents: query.has('sendInitialEvents') })
  if (token !== '') {
    const { revision, after } = decodeContinue(token)
    if (version !== '' && version !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue')
    }
    return { limit, revision, after }
  }
  const wanted = readRevision(version)
  if (wanted === undefined || wanted === 0) return { limit, revision: undefined, after: undefined }
  checkNotTooNew(store, version)
  // With a limit and no rule, old clients mean this exact version.
  const exact = match === 'Exact' || (match === '' && limit !== undefined)
  return { limit, revision: exact ? wanted : undefined, after: undefined }
}

/** One finding about `resourceVersionMatch` or `sendInitialEvents`, in the words of apimachinery's ValidateListOptions. */
export const listOptionCauses = {
  forbidden: (field: string, message: string): StatusCause => ({
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${message}`,
    field,
  }),
  unsupportedMatch: (match: string, supported: readonly string[]): StatusCause => ({
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${JSON.stringify(match)}: supported values: ${supported.map((each) => JSON.stringify(each)).join(', ')}`,
    field: 'resourceVersionMatch',
  }),
}

/** @throws {StatusError} Invalid when there are causes */
export function refuseListOptions(causes: StatusCause[]): void {
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes)
}

interface Combination {
  version: string
  match: string
  token: string
  sendInitialEvents: boolean
}

/** Each row: when it holds, the cause. In the order kube-apiserver lists them. */
function checkCombination({ version, match, token, sendInitialEvents }: Combination): void {
  const { forbidden, unsupportedMatch } = listOptionCauses
  const field = 'resourceVersionMatch'
  const rules: [boolean, StatusCause][] = [
    [
      match !== '' && version === '',
      forbidden(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
    ],
    [match !== '' && token !== '', forbidden(field, 'resourceVersionMatch is forbidden when continue is provided')],
    [!['', 'Exact', 'NotOlderThan'].includes(match), unsupportedMatch(match, ['Exact', 'NotOlderThan', ''])],
    [
      match === 'Exact' && version === '0',
      forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
    ],
    [sendInitialEvents, forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list')],
  ]
  refuseListOptions(rules.filter(([broken]) => broken).map(([, cause]) => cause))
}

function readLimit(text: string): number | undefined {
  const limit = readInteger(text)
  return limit === undefined || limit <= 0 ? undefined : Math.min(limit, maxLimit)
}

/**
 * A whole number of the query, as Go reads an int64.
 * @returns undefined for the empty text
 * @throws {StatusError} BadRequest in the words of Go's strconv, which is what clients see of kube-apiserver
 */
export function readInteger(text: string): number | undefined {
  if (text === '') return undefined
  const shown = JSON.stringify(text.slice(0, 64))
  if (!/^[+-]?[0-9]+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${shown}: invalid syntax`)
  const number = BigInt(text.replace(/^\+/, ''))
  if (number !== BigInt.asIntN(64, number)) throw badRequest(`strconv.ParseInt: parsing ${shown}: value out of range`)
  return Number(number)
}

/**
 * @returns undefined for the empty text
 * @throws {StatusError} BadRequest
 */
export function readRevision(text: string): number | undefined {
  if (text === '') return undefined
  const revision = Number(text)
  if (!/^[0-9]{1,19}$/.test(text) || !Number.isSafeInteger(revision)) {
    const shown = JSON.stringify(text.slice(0, 64))
    const why = /^[0-9]+$/.test(text) ? 'value out of range' : 'invalid syntax'
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: ${why}`,
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
  return new StatusError('Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
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

const tokenVersion = 'meta.k8s.io/v1'

/** An opaque place to continue from: the listed revision and the last key. -1 continues with the current state. */
export function encodeContinue(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv: revision, start: after })).toString('base64url')
}

/** @throws {StatusError} BadRequest for a token this server cannot have given out */
function decodeContinue(token: string): { revision: number | undefined; after: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    throw badContinue('it was not given out by this server')
  }
  const { v, rv, start } = Object(parsed) as { v?: unknown; rv?: unknown; start?: unknown }
  if (v !== tokenVersion) {
    throw badContinue(`server does not recognize this encoded version ${String(v).slice(0, 64)}`)
  }
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw badContinue(`incorrect encoded start resourceVersion (version ${tokenVersion})`)
  }
  if (typeof start !== 'string' || start === '') {
    throw badContinue(`encoded start key empty (version ${tokenVersion})`)
  }
  return { revision: rv < 0 ? undefined : rv, after: start }
}

function badContinue(why: string): StatusError {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`)
}
