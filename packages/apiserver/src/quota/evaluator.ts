/** How the objects of one kind count in quotas. */

import type { AdmissionAttributes } from '../admission/plugin.ts'
import type { ApiObject } from '../rest/api-object.ts'
import type { ScopeRequirement } from './scopes.ts'
import type { Usage } from './usage.ts'

export interface Evaluator {
  /** Where the objects lie in the store. */
  readonly collection: string
  /** True for the names in a quota that this kind counts towards. */
  counts(name: string): boolean
  /** True for the writes that may ask for more. */
  checks(write: Pick<AdmissionAttributes, 'operation' | 'subresource' | 'object' | 'oldObject'>): boolean
  inScope(object: ApiObject, requirement: ScopeRequirement): boolean
  /** What the object must say and does not, when a quota limits `names`: `limits.cpu for: c`. */
  missing(object: ApiObject, names: readonly string[]): string[]
  usage(object: ApiObject, now: Date): Usage
  /** When the usage of an unchanged object changes by itself, in milliseconds. */
  changesAt?(object: ApiObject): number | undefined
}
