/** One request on a resource, and the parts of the server it needs. */

import type { Clock, Logger } from '@berth/base'
import type { Authorizer } from '../auth/user.ts'
import type { AdmissionChain } from '../admission/chain.ts'
import type { ServerMetrics } from '../metrics/metrics.ts'
import type { RequestContext, ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import type { ByteBudget } from '../server/byte-budget.ts'
import type { ServerLimits } from '../server/limits.ts'
import type { Representation } from '../server/negotiate.ts'
import type { RandomSource } from '../server/random-source.ts'
import type { Store } from '../storage/store.ts'
import type { ApiRequest } from '../transport.ts'
import type { BacklogBudget } from '../watch/backlog-budget.ts'
import type { FrameCache } from '../watch/frames.ts'
import type { KeyedLocks } from './keyed-locks.ts'

export interface RestServices {
  readonly store: Store
  readonly registry: ResourceRegistry
  readonly clock: Clock
  readonly random: RandomSource
  readonly logger: Logger
  readonly limits: ServerLimits
  readonly metrics: ServerMetrics
  readonly locks: KeyedLocks
  readonly frames: FrameCache
  /** What all watchers have not read yet. */
  readonly backlogs: BacklogBudget
  /** Lists being sent. */
  readonly lists: ByteBudget
  readonly admission: AdmissionChain
  /** For verbs that turn out to be another one: an apply that creates. */
  readonly authorizer: Authorizer
  /** Aborted when the server closes. */
  readonly closing: AbortSignal
}

export interface ResourceCall extends RequestContext {
  readonly services: RestServices
  readonly definition: ResourceDefinition
  /** Of the path. */
  readonly version: string
  readonly request: ApiRequest
  readonly representation: Representation
  /** Adds an annotation to the request's audit event. */
  annotate(key: string, value: string): void
}

/** A call on one object. */
export interface ObjectCall extends ResourceCall {
  readonly name: string
}
