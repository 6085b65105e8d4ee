/** CertificateSigningRequest (certificates.k8s.io/v1): what it is, who asked, and how it is shown. */

import { formatAge } from '@berth/base'
import type { Json, JsonObject, SchemaSet } from '@berth/meta'
import type { Authorizer, UserInfo } from '../auth/user.ts'
import { ageColumn, builtIn, nameColumn, text, type CoreObject } from '../core/built-in.ts'
import { ensureObject, objectAt, objectsAt, textAt } from '../core/fields.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import { certificatePart } from './parts.ts'
import { certificatesGroup } from './signers.ts'
import { checkSubject } from './subject.ts'
import { validateSpec } from './validate.ts'

export interface CertificateOptions {
  schemas: SchemaSet
  /** Decides who approves and who signs. */
  authorizer: Authorizer
}

export function certificateDefinitions(options: CertificateOptions): ResourceDefinition[] {
  return [
    builtIn(options.schemas, {
      apiPackage: 'certificates.v1',
      group: certificatesGroup,
      kind: 'CertificateSigningRequest',
      resource: 'certificatesigningrequests',
      shortNames: ['csr'],
      namespaced: false,
      nameKind: 'pathSegment',
      status: true,
      // Nothing of one changes once somebody may have looked at it.
      generation: false,
      columns: [
        nameColumn,
        ageColumn,
        text('SignerName', '.spec.signerName'),
        text('Requestor', '.spec.username'),
        text('RequestedDuration', requestedDuration),
        text('Condition', conditionOf),
      ],
      selectableFields: { 'spec.signerName': '.spec.signerName' },
      rules: {
        default(object, previous, { user }) {
          ensureObject(object, 'status')
          if (previous === undefined) setRequester(ensureObject(object, 'spec'), user)
          else object['spec'] = previous['spec'] ?? {}
        },
        async validate(object, previous) {
          if (previous !== undefined) return []
          const spec = objectAt(object, 'spec')
          const { causes, request } = await validateSpec(spec)
          if (causes.length === 0 && request !== undefined) {
            const { organizations } = request
            checkSubject({ name: object.metadata.name ?? '', signerName: textAt(spec, 'signerName'), organizations })
          }
          return causes
        },
      },
      subresources: {
        approval: certificatePart('approval', options.authorizer),
        status: certificatePart('status', options.authorizer),
      },
    }),
  ]
}

/** Who asks is what the server knows, not what the request says. */
function setRequester(spec: JsonObject, { name, uid, groups, extra }: UserInfo): void {
  for (const key of ['username', 'uid', 'groups', 'extra']) delete spec[key]
  spec['username'] = name
  if (uid !== undefined && uid !== '') spec['uid'] = uid
  if (groups.length > 0) spec['groups'] = [...groups]
  const entries = Object.entries(extra ?? {}).map(([key, values]): [string, Json] => [key, [...values]])
  if (entries.length > 0) spec['extra'] = Object.fromEntries(entries)
}

function requestedDuration(object: CoreObject): string {
  const seconds = objectAt(object, 'spec')?.['expirationSeconds']
  return typeof seconds === 'number' ? formatAge(seconds * 1000) : '<none>'
}

/** As kubectl reads it: `Approved,Issued`. */
function conditionOf(object: CoreObject): string {
  const status = objectAt(object, 'status')
  const has = (type: string): boolean => objectsAt(status, 'conditions').some((each) => textAt(each, 'type') === type)
  const verdict = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
  return [
    verdict,
    ...(has('Failed') ? ['Failed'] : []),
    ...(textAt(status, 'certificate') === '' ? [] : ['Issued']),
  ].join(',')
}
