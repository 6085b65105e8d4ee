/**
 * What may change or refuse a write before it is stored: webhooks, policies, quotas, limits.
 * Order of a write: defaults, every `mutate`, defaults again, schema and the kind's rules, every `validate`, the store.
 */

import type { JsonObject } from '@berth/meta'
import type { UserInfo } from '../auth/user.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ApiObject } from '../rest/api-object.ts'

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

export interface AdmissionAttributes {
  readonly operation: AdmissionOperation
  /** As served in the version of the request. */
  readonly definition: ResourceDefinition
  /** API version of the request's path. */
  readonly version: string
  /** Empty for the object itself; else `status`, `scale`, `eviction`, … */
  readonly subresource: string
  readonly namespace: string | undefined
  /** Empty while a create has only a `generateName`. */
  readonly name: string
  /** As it is to be stored, in storage version; undefined on DELETE. Only `mutate` may change it, in place. */
  readonly object: ApiObject | undefined
  /** Undefined on CREATE and CONNECT. Never changed. */
  readonly oldObject: ApiObject | undefined
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions with `kind` and `apiVersion`. */
  readonly options: JsonObject
  readonly user: UserInfo
  readonly dryRun: boolean
  readonly now: Date
  readonly signal: AbortSignal
  /** Adds a `Warning` header to the answer. */
  warn(text: string): void
  /** Adds an annotation to the request's audit event. */
  annotate(key: string, value: string): void
}

/** Called once with true when the write is durable, with false when it did not happen (or was a dry run). */
export type Settle = (stored: boolean) => void

export interface AdmissionPlugin {
  /** As Kubernetes names it: `ResourceQuota`, `ValidatingAdmissionWebhook`. */
  readonly name: string
  /** Cheap: asked for every write. False skips the plug-in. */
  handles(attributes: AdmissionAttributes): boolean
  /**
   * @returns true when plug-ins before this one should see what it did: all are asked a second time then
   * @throws {StatusError} to refuse
   */
  mutate?(attributes: AdmissionAttributes): Promise<boolean | void> | boolean | void
  /** The second time, where that differs from the first. */
  reinvoke?(attributes: AdmissionAttributes): Promise<boolean | void> | boolean | void
  /**
   * Sees the object as it will be stored.
   * @returns what is to be told how the write ended (a quota gives back what it had reserved)
   * @throws {StatusError} to refuse
   */
  validate?(attributes: AdmissionAttributes): Promise<Settle | void> | Settle | void
}
