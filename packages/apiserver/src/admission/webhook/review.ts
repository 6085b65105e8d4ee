/** AdmissionReview: what a webhook is asked, and what may be made of its answer (admission `request` package). */

import {
  apiVersionOf,
  isJsonObject,
  StatusError,
  statusCodes,
  type Json,
  type JsonObject,
  type StatusReason,
} from '@berth/meta'
import { objectAt, textAt, textsAt } from '../../core/fields.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import { kindOf, objectInVersion, requestNamespace, type Invocation } from '../match/request.ts'
import type { ReviewVersion } from './configuration.ts'

const group = 'admission.k8s.io'

export interface ReviewOptions {
  attributes: AdmissionAttributes
  invocation: Invocation
  reviewVersion: ReviewVersion
  uid: string
}

export function admissionReview({ attributes, invocation, reviewVersion, uid }: ReviewOptions): JsonObject {
  const { definition, version, subresource, user, name, operation, object, oldObject } = attributes
  const namespace = requestNamespace(attributes)
  const sub = (key: string): JsonObject => (subresource === '' ? {} : { [key]: subresource })
  const request: JsonObject = {
    uid,
    kind: { ...invocation.kind },
    resource: { group: invocation.group, version: invocation.version, resource: invocation.resource },
    ...sub('subResource'),
    requestKind: { ...kindOf(attributes, version) },
    requestResource: { group: definition.group, version, resource: definition.resource },
    ...sub('requestSubResource'),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      ...(user.groups.length === 0 ? {} : { groups: [...user.groups] }),
      ...(user.extra === undefined ? {} : { extra: extraOf(user.extra) }),
    },
    object: shownObject(objectInVersion(attributes, object, invocation.version)),
    oldObject: objectInVersion(attributes, oldObject, invocation.version) ?? null,
    dryRun: attributes.dryRun,
    options: Object.keys(attributes.options).length === 0 ? null : attributes.options,
  }
  return { kind: 'AdmissionReview', apiVersion: apiVersionOf({ group, version: reviewVersion }), request }
}

/** Options of a stream have no metadata; here they carry an empty one. */
function shownObject(object: ApiObject | undefined): Json {
  if (object === undefined) return null
  const { metadata, ...rest } = object
  return Object.keys(metadata).length === 0 ? rest : object
}

function extraOf(extra: Readonly<Record<string, readonly string[]>>): JsonObject {
  return Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]))
}

export interface Verdict {
  allowed: boolean
  /** Why not, as the webhook said. */
  status: JsonObject | undefined
  warnings: string[]
  auditAnnotations: Record<string, string>
  /** A JSON patch as text. */
  patch: string | undefined
  patchType: string
}

/** Values kept of one answer; more only add length. */
const maxWarnings = 32
const maxAnnotations = 64

/** @throws Error that says what is wrong with the answer, in Kubernetes' words */
export function readVerdict(
  body: Buffer,
  expected: { uid: string; reviewVersion: ReviewVersion; mutating: boolean },
): Verdict {
  const review = parse(body)
  const response = objectAt(review, 'response')
  if (response === undefined) throw new Error('webhook response was absent')
  if (expected.reviewVersion === 'v1') checkV1(review, response, expected)
  const patch = textAt(response, 'patch')
  return {
    allowed: response['allowed'] === true,
    status: objectAt(response, 'status'),
    warnings: textsAt(response, 'warnings').slice(0, maxWarnings),
    auditAnnotations: Object.fromEntries(
      Object.entries(objectAt(response, 'auditAnnotations') ?? {})
        .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
        .slice(0, maxAnnotations),
    ),
    patch: expected.mutating && patch !== '' ? Buffer.from(patch, 'base64').toString('utf8') : undefined,
    // v1beta1 never looked at the type; there is only one.
    patchType: expected.reviewVersion === 'v1' ? textAt(response, 'patchType') : 'JSONPatch',
  }
}

function parse(body: Buffer): JsonObject {
  let value: Json
  try {
    value = JSON.parse(body.toString('utf8')) as Json
  } catch (error) {
    throw new Error('the answer is not JSON', { cause: error })
  }
  if (!isJsonObject(value)) throw new Error('the answer is not an AdmissionReview')
  return value
}

function checkV1(review: JsonObject, response: JsonObject, expected: { uid: string; mutating: boolean }): void {
  const uid = textAt(response, 'uid')
  if (uid !== expected.uid) {
    throw new Error(`expected response.uid=${JSON.stringify(expected.uid)}, got ${JSON.stringify(uid.slice(0, 64))}`)
  }
  const [found, wanted] = [shownKind(review), `${group}/v1, Kind=AdmissionReview`]
  if (found !== wanted) throw new Error(`expected webhook response of ${wanted}, got ${found}`)
  const hasPatch = textAt(response, 'patch') !== ''
  const hasType = typeof response['patchType'] === 'string'
  if (!expected.mutating) {
    if (hasPatch) throw new Error('validating webhook may not return response.patch')
    if (hasType) throw new Error('validating webhook may not return response.patchType')
    return
  }
  if (hasPatch && !hasType) throw new Error('webhook returned response.patch but not response.patchType')
  if (!hasPatch && hasType) throw new Error('webhook returned response.patchType but not response.patch')
  if (hasType && textAt(response, 'patchType') === '') {
    throw new Error('webhook returned invalid response.patchType of ""')
  }
}

function shownKind(review: JsonObject): string {
  return `${textAt(review, 'apiVersion').slice(0, 256)}, Kind=${textAt(review, 'kind').slice(0, 256)}`
}

/** Characters of a webhook's words that a client is shown. */
const maxMessage = 16_384

/** The refusal a client sees: the webhook's own status, named after it. */
export function denial(webhook: string, status: JsonObject | undefined): StatusError {
  const deniedBy = `admission webhook ${JSON.stringify(webhook)} denied the request`
  const said = textAt(status, 'message').slice(0, maxMessage)
  const reason = textAt(status, 'reason').slice(0, 256)
  const why = said === '' ? reason : said
  const message = why === '' ? `${deniedBy} without explanation` : `${deniedBy}: ${why}`
  const code = status?.['code']
  const httpCode = typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599 ? code : 400
  const error = new StatusError('BadRequest', message, { httpCode })
  // The client sees the webhook's reason, whatever it is; ours is only for the code above.
  if (reason === '') delete error.status.reason
  else error.status.reason = knownReason(reason)
  const details = objectAt(status, 'details')
  // A webhook's details are shown as they came.
  if (details !== undefined) error.status.details = details
  return error
}

/** Reasons are an open set to clients; the type lists those this server answers with itself. */
function knownReason(reason: string): StatusReason {
  const known = Object.keys(statusCodes).find((each) => each === reason)
  return (known ?? reason) as StatusReason
}
