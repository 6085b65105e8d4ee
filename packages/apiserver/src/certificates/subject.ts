/** Kubernetes' CertificateSubjectRestriction: a request for a client certificate never asks for the group that may do everything. */

import { groups } from '../auth/names.ts'
import { refusal } from '../server/attributes.ts'
import { certificatesGroup, clientSigner } from './signers.ts'

export const masters = groups.masters

/** @throws {StatusError} Forbidden */
export function checkSubject(request: { name: string; signerName: string; organizations: readonly string[] }): void {
  if (request.signerName !== clientSigner || !request.organizations.includes(masters)) return
  throw refusal(
    { group: certificatesGroup, resource: 'certificatesigningrequests' },
    request.name,
    `use of ${clientSigner} signer with ${masters} group is not allowed`,
  )
}
