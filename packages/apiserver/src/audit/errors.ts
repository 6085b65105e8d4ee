/** What can be wrong with an audit log that is not a request's fault. */

import { CodedError } from '@berth/base'

/**
 * - `InvalidPolicy`: the policy is not an audit.k8s.io/v1 Policy; the message names each field.
 * - `Unwritable`: the log or its directory cannot be opened or written.
 */
export type AuditErrorCode = 'InvalidPolicy' | 'Unwritable'

export class AuditError extends CodedError<AuditErrorCode> {}
