/** What the way of a request tells the audit log; `server/handler.ts` calls it, the log itself decides what is kept. */

import type { Attributes } from '../auth/user.ts'
import type { ApiRequest } from '../transport.ts'

export interface AuditSink {
  /**
   * A request that was routed and is about to be authorized.
   * @returns undefined when the policy says that nothing of it is kept
   * @throws {StatusError} ServiceUnavailable when nothing may happen unseen (mode `blocking-strict`) and the log cannot be written
   */
  begin(request: ApiRequest, attributes: Attributes): AuditRecord | undefined
}

export type AuditLevel = 'Metadata' | 'Request' | 'RequestResponse'

/** One request, from its arrival to its end. */
export interface AuditRecord {
  readonly level: AuditLevel
  /** `audit-id` of the answer. */
  readonly id: string
  /** `authorization.k8s.io/decision` and `…/reason` among others. */
  annotate(key: string, value: string): void
  /** The parsed body; only called from level Request on. */
  requestObject(object: unknown): void
  /** A watch or another stream has begun. */
  responseStarted(code: number): void
  /**
   * `body` is the answer's JSON text: given from level RequestResponse on, and at every level for a failure, whose Status is kept.
   * Called exactly once, unless {@link panicked} was.
   */
  complete(code: number, body?: Buffer | string): void
  /** Instead of {@link complete}: the answer is a 500 because of a fault of the server. */
  panicked?(message: string): void
}
