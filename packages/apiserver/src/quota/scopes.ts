/** Which objects a quota is about: its scopes, and the requirements of its scopeSelector. */

import type { JsonObject } from '@berth/meta'
import { objectAt, objectsAt, textAt, textsAt } from '../core/fields.ts'

export interface ScopeRequirement {
  readonly scope: string
  /** `Exists`, `DoesNotExist`, `In`, `NotIn`. */
  readonly operator: string
  readonly values: readonly string[]
}

/** Every requirement must hold. */
export function requirementsOf(spec: JsonObject | undefined): ScopeRequirement[] {
  const plain = textsAt(spec, 'scopes').map((scope) => ({ scope, operator: 'Exists', values: [] }))
  const selected = objectsAt(objectAt(spec, 'scopeSelector'), 'matchExpressions').map((each) => ({
    scope: textAt(each, 'scopeName'),
    operator: textAt(each, 'operator'),
    values: textsAt(each, 'values'),
  }))
  return [...plain, ...selected]
}

/** For scopes that go by a name (of a class); `names` are those the object has. */
export function matchesValue({ operator, values }: ScopeRequirement, names: readonly string[]): boolean {
  switch (operator) {
    case 'Exists':
      return names.length > 0
    case 'DoesNotExist':
      return names.length === 0
    case 'In':
      return names.some((name) => values.includes(name))
    case 'NotIn':
      return names.length === 0 || names.some((name) => !values.includes(name))
    default:
      return false
  }
}
