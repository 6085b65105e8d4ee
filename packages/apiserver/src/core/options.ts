/** What the built-in kinds need from outside: schemas, the store to look things up in, and the engine's subresources. */

import type { SchemaSet } from '@berth/meta'
import type { Subresource } from '../resource/definition.ts'
import type { Store } from '../storage/store.ts'

export interface CoreOptions {
  /** Generated from Kubernetes' own OpenAPI (`coreSchemas`). */
  schemas: SchemaSet
  /** To see which ClusterIPs are taken and which storage class is the default; written to only by namespaces/finalize. */
  store: Pick<Store, 'list' | 'get' | 'write'>
  /** `log`, `exec`, `attach`, `portforward`, `eviction`: whatever runs pods brings them. */
  podSubresources?: Record<string, Subresource>
  /** `serviceaccounts/token`. */
  serviceAccountToken?: Subresource
  /** CIDR that ClusterIPs are given from; `10.96.0.0/16` unless given. */
  serviceRange?: string
  /** A number in [0, 1) for ClusterIPs; Math.random unless given. */
  random?: () => number
}
