/** What is wrong with matchConstraints of a policy and matchResources of a binding (admissionregistration `validateMatchResources`). */

import { requiredValue, type JsonObject, type StatusCause } from '@berth/meta'
import { objectsAt } from '../../core/fields.ts'
import { choiceCauses } from './choices.ts'
import { namedRuleCauses } from './rule-causes.ts'
import { selectorCauses } from './selector-causes.ts'

/** @param required policies must say what they are about */
export function matchResourcesCauses(resources: JsonObject, path: string, required: boolean): StatusCause[] {
  const rules = objectsAt(resources, 'resourceRules')
  return [
    ...(required && rules.length === 0 ? [requiredValue(`${path}.resourceRules`)] : []),
    ...choiceCauses(resources, 'matchPolicy', path),
    ...selectorCauses(resources, 'namespaceSelector', path),
    ...selectorCauses(resources, 'objectSelector', path),
    ...ruleListCauses(resources, 'resourceRules', path),
    ...ruleListCauses(resources, 'excludeResourceRules', path),
  ]
}

function ruleListCauses(resources: JsonObject, list: string, path: string): StatusCause[] {
  return objectsAt(resources, list).flatMap((rule, index) => namedRuleCauses(rule, `${path}.${list}[${index}]`))
}
