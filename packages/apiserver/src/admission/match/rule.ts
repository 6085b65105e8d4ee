/** One rule of a webhook or a policy, and whether a write is what it speaks of (admission `rules.Matcher`). */

import type { JsonObject } from '@berth/meta'
import { textAt, textsAt } from '../../core/fields.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import { isNamespace, requestNamespace } from './request.ts'

export interface Rule {
  readonly operations: readonly string[]
  readonly groups: readonly string[]
  readonly versions: readonly string[]
  /** `pods`, `pods/status`, `pods/*`, `*`, `*\/scale`, `*\/*`. */
  readonly resources: readonly { readonly resource: string; readonly subresource: string }[]
  /** Empty for any. */
  readonly names: readonly string[]
  readonly scope: '*' | 'Cluster' | 'Namespaced'
}

export function ruleOf(rule: JsonObject): Rule {
  const scope = textAt(rule, 'scope')
  return {
    operations: textsAt(rule, 'operations'),
    groups: textsAt(rule, 'apiGroups'),
    versions: textsAt(rule, 'apiVersions'),
    resources: textsAt(rule, 'resources').map((text) => {
      const slash = text.indexOf('/')
      return slash < 0
        ? { resource: text, subresource: '' }
        : { resource: text.slice(0, slash), subresource: text.slice(slash + 1) }
    }),
    names: textsAt(rule, 'resourceNames'),
    scope: scope === 'Cluster' || scope === 'Namespaced' ? scope : '*',
  }
}

/** @param version the API version to look at: the request's, or another one of the same resource */
export function ruleMatches(rule: Rule, attributes: AdmissionAttributes, version: string): boolean {
  const { definition, operation, name } = attributes
  return (
    inScope(rule, attributes) &&
    has(rule.operations, operation) &&
    has(rule.groups, definition.group) &&
    has(rule.versions, version) &&
    hasResource(rule, attributes) &&
    (rule.names.length === 0 || rule.names.includes(name))
  )
}

function has(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted)
}

function hasResource(rule: Rule, { definition, subresource }: AdmissionAttributes): boolean {
  return rule.resources.some(
    (each) =>
      (each.resource === '*' || each.resource === definition.resource) &&
      (each.subresource === '*' || each.subresource === subresource),
  )
}

function inScope({ scope }: Rule, attributes: AdmissionAttributes): boolean {
  if (scope === '*') return true
  const cluster = isNamespace(attributes) || requestNamespace(attributes) === ''
  return cluster === (scope === 'Cluster')
}

/**
 * The version in which one of the rules speaks of the write: the request's own, else, with matchPolicy Equivalent, another
 * served one. Undefined when none does.
 */
export function matchedVersion(
  rules: readonly Rule[],
  attributes: AdmissionAttributes,
  equivalent: boolean,
): string | undefined {
  if (rules.some((rule) => ruleMatches(rule, attributes, attributes.version))) return attributes.version
  if (!equivalent) return undefined
  const others = attributes.definition.versions.filter(
    ({ name, served }) => name !== attributes.version && served !== false,
  )
  // Earlier rules are honoured first.
  for (const rule of rules) {
    const other = others.find(({ name }) => ruleMatches(rule, attributes, name))
    if (other !== undefined) return other.name
  }
  return undefined
}
