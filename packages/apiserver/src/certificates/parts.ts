/**
 * `certificatesigningrequests/approval` and `/status`: two writers share one status. Who approves decides only that, and needs the
 * verb `approve` on the signer; who signs writes the certificate, and needs the verb `sign` (Kubernetes' CertificateApproval and
 * CertificateSigning admission).
 */

import { deepEqual, formatTime, isTime, validate, type JsonObject } from '@berth/meta'
import type { Authorizer, UserInfo } from '../auth/user.ts'
import { objectAt, objectsAt, textAt } from '../core/fields.ts'
import type { PartSubresource } from '../resource/definition.ts'
import type { ApiObject } from '../rest/api-object.ts'
import { refusal } from '../server/attributes.ts'
import { certificatesGroup, maySigner } from './signers.ts'
import { certificateCauses, conditionCauses, transitionCauses } from './validate.ts'

export type CertificatePart = 'approval' | 'status'

const target = { group: certificatesGroup, resource: 'certificatesigningrequests' }
const schema = { ref: 'io.k8s.api.certificates.v1.CertificateSigningRequest' }
export const requestsCollection = `${certificatesGroup}/certificatesigningrequests`

export function certificatePart(part: CertificatePart, authorizer: Authorizer): PartSubresource {
  return {
    methods: ['GET', 'PUT', 'PATCH'],
    part: {
      merge: (object, previous, { now }) => merged(part, { sent: object, previous, now }),
      claimed(config) {
        const { certificate, ...rest } = objectAt(config, 'status') ?? {}
        return { status: part === 'approval' || certificate === undefined ? rest : { ...rest, certificate } }
      },
      check(object, previous, { user, schemas }) {
        const status = objectAt(object, 'status')
        const causes = [
          // A condition twice is said below, in the words of this kind.
          ...validate(object, schema, schemas).filter(({ reason }) => reason !== 'FieldValueDuplicate'),
          ...conditionCauses(status),
          ...transitionCauses(object, previous, part),
          ...(part === 'status' ? certificateCauses(status) : []),
        ]
        if (causes.length === 0) checkPermission(part, { authorizer, user, object, previous })
        return causes
      },
    },
  }
}

/** Everything but the writer's own part stays as it is. */
function merged(
  part: CertificatePart,
  { sent, previous, now }: { sent: ApiObject; previous: ApiObject; now: Date },
): ApiObject {
  const before = objectAt(previous, 'status')
  const asked = objectAt(sent, 'status')
  const conditions = objectsAt(asked, 'conditions').map((each) => withTimes(each, before, now))
  const certificate = textAt(part === 'approval' ? before : asked, 'certificate')
  const status: JsonObject = {
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(certificate === '' ? {} : { certificate }),
  }
  const object: ApiObject = { ...previous }
  object.metadata = sent.metadata
  if (before !== undefined || Object.keys(status).length > 0) object['status'] = status
  return object
}

/** Times that the writer left out: now, or when the condition came to what it is. */
function withTimes(condition: JsonObject, before: JsonObject | undefined, now: Date): JsonObject {
  const stamp = formatTime(now)
  const known = objectsAt(before, 'conditions').find(
    (each) => each['type'] === condition['type'] && each['status'] === condition['status'],
  )
  const since = textAt(known, 'lastTransitionTime')
  const given = (key: string): boolean => isTime(textAt(condition, key))
  return {
    ...condition,
    ...(given('lastUpdateTime') ? {} : { lastUpdateTime: stamp }),
    ...(given('lastTransitionTime') ? {} : { lastTransitionTime: since === '' ? stamp : since }),
  }
}

interface Change {
  authorizer: Authorizer
  user: UserInfo
  object: ApiObject
  previous: ApiObject
}

/** @throws {StatusError} Forbidden */
function checkPermission(part: CertificatePart, { authorizer, user, object, previous }: Change): void {
  // A status that stays as it is needs no right on the signer.
  if (part === 'status' && deepEqual(object['status'], previous['status'])) return
  const verb = part === 'approval' ? 'approve' : 'sign'
  const signerName = textAt(objectAt(previous, 'spec'), 'signerName')
  if (maySigner(authorizer, { user, verb, signerName })) return
  const name = previous.metadata.name ?? ''
  throw refusal(target, name, `user not permitted to ${verb} requests with signerName "${signerName}"`)
}
