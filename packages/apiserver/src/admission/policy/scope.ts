/** matchConstraints of a policy and matchResources of a binding, compiled. */

import type { JsonObject, LabelSelector } from '@berth/meta'
import { objectAt, objectsAt, textAt } from '../../core/fields.ts'
import type { Store } from '../../storage/store.ts'
import { matchedVersion, ruleOf, type Rule } from '../match/rule.ts'
import { inSelectedNamespace, isSelectedObject, selectorOf } from '../match/selectors.ts'
import type { AdmissionAttributes } from '../plugin.ts'

export interface Scope {
  readonly rules: readonly Rule[]
  readonly excluded: readonly Rule[]
  readonly equivalent: boolean
  readonly namespaceSelector: LabelSelector
  readonly objectSelector: LabelSelector
}

export function scopeOf(parent: JsonObject, key: string): Scope {
  const resources = objectAt(parent, key) ?? {}
  return {
    rules: objectsAt(resources, 'resourceRules').map(ruleOf),
    excluded: objectsAt(resources, 'excludeResourceRules').map(ruleOf),
    equivalent: textAt(resources, 'matchPolicy') !== 'Exact',
    namespaceSelector: selectorOf(resources['namespaceSelector']),
    objectSelector: selectorOf(resources['objectSelector']),
  }
}

/**
 * The version in which the scope holds the write; undefined when it does not. Without rules it holds everything.
 * @throws {StatusError} NotFound without the namespace
 */
export function versionInScope(
  scope: Scope,
  attributes: AdmissionAttributes,
  store: Pick<Store, 'get'>,
): string | undefined {
  if (!isSelectedObject(scope.objectSelector, attributes)) return undefined
  if (matchedVersion(scope.excluded, attributes, scope.equivalent) !== undefined) return undefined
  const version =
    scope.rules.length === 0 ? attributes.version : matchedVersion(scope.rules, attributes, scope.equivalent)
  if (version === undefined) return undefined
  return inSelectedNamespace(scope.namespaceSelector, attributes, store) ? version : undefined
}
