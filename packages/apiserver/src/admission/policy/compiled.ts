/** What policies and bindings of both kinds have in common, compiled from their objects. */

import type { JsonObject } from '@berth/meta'
import { objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import { compileMatchConditions, type MatchConditions } from '../expression/match-conditions.ts'
import { paramKindOf, paramRefOf, type ParamKind } from './params.ts'
import { scopeOf, type Scope } from './scope.ts'
import { compileVariables, type Variables } from './variables.ts'

export interface Policy {
  readonly name: string
  readonly spec: JsonObject
  readonly scope: Scope
  readonly failOpen: boolean
  readonly paramKind: ParamKind | undefined
  readonly matchConditions: MatchConditions
  readonly variables: Variables
}

export function policyOf(object: ApiObject): Policy {
  const spec = objectAt(object, 'spec') ?? {}
  const failOpen = textAt(spec, 'failurePolicy') === 'Ignore'
  const paramKind = paramKindOf(spec)
  const params = paramKind !== undefined
  return {
    name: object.metadata.name ?? '',
    spec,
    scope: scopeOf(spec, 'matchConstraints'),
    failOpen,
    paramKind,
    matchConditions: compileMatchConditions(objectsAt(spec, 'matchConditions'), { failOpen: false, params }),
    variables: compileVariables(objectsAt(spec, 'variables'), params),
  }
}

export interface Binding {
  readonly name: string
  readonly policy: string
  readonly scope: Scope
  readonly paramRef: JsonObject | undefined
  /** `Deny`, `Warn`, `Audit`; none in bindings of mutating policies. */
  readonly actions: readonly string[]
}

export function bindingOf(object: ApiObject): Binding {
  const spec = objectAt(object, 'spec') ?? {}
  return {
    name: object.metadata.name ?? '',
    policy: textAt(spec, 'policyName'),
    scope: scopeOf(spec, 'matchResources'),
    paramRef: paramRefOf(spec),
    actions: textsAt(spec, 'validationActions'),
  }
}
