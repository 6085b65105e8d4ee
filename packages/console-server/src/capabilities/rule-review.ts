/** What a SelfSubjectRulesReview allows, by RBAC's rules of matching (https://kubernetes.io/docs/reference/access-authn-authz/rbac/). */

import { isJsonObject, type Json } from '@berth/meta'
import type { NeededRight } from '@berth/view'

export interface RuleReview {
  allows(right: NeededRight): boolean
  /** Some authorizer could not list its rules: what is not allowed here may be all the same. */
  incomplete: boolean
}

interface Rule {
  groups: string[]
  resources: string[]
  verbs: string[]
}

export function readRuleReview(answer: Json | undefined): RuleReview {
  const status = isJsonObject(answer) && isJsonObject(answer['status']) ? answer['status'] : {}
  const listed = Array.isArray(status['resourceRules']) ? status['resourceRules'] : []
  const rules = listed.filter(isJsonObject).flatMap((rule): Rule[] => {
    // A rule for some names allows nothing in general.
    if (texts(rule['resourceNames']).length > 0) return []
    return [{ groups: texts(rule['apiGroups']), resources: texts(rule['resources']), verbs: texts(rule['verbs']) }]
  })
  return {
    incomplete: status['incomplete'] === true,
    allows: (right) => rules.some((rule) => matches(rule, right)),
  }
}

function matches(rule: Rule, { verb, group, resource, subresource }: NeededRight): boolean {
  if (!has(rule.verbs, verb) || !has(rule.groups, group)) return false
  if (subresource === undefined) return has(rule.resources, resource)
  return has(rule.resources, `${resource}/${subresource}`) || rule.resources.includes(`*/${subresource}`)
}

function has(list: readonly string[], word: string): boolean {
  return list.includes('*') || list.includes(word)
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
