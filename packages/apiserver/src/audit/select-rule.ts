/** Which rule of a policy a request meets. Pure. */

import type { Attributes } from '../auth/user.ts'
import type { AuditPolicy, AuditResources, AuditRule, AuditStage, PolicyLevel } from './policy.ts'

export interface AuditDecision {
  readonly level: PolicyLevel
  readonly omitStages: ReadonlySet<AuditStage>
  readonly omitManagedFields: boolean
}

const nothing: AuditDecision = { level: 'None', omitStages: new Set(), omitManagedFields: false }

export function selectRule(policy: AuditPolicy, attributes: Attributes): AuditDecision {
  const rule = policy.rules.find((each) => matches(each, attributes))
  if (rule === undefined) return nothing
  return {
    level: rule.level,
    omitStages: new Set([...policy.omitStages, ...rule.omitStages]),
    omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields,
  }
}

function matches(rule: AuditRule, attributes: Attributes): boolean {
  // Rules look at who signed in: acting as somebody else must not hide a request.
  const user = attributes.user.impersonator ?? attributes.user
  return (
    has(rule.users, user.name) &&
    (rule.userGroups.length === 0 || user.groups.some((group) => rule.userGroups.includes(group))) &&
    has(rule.verbs, attributes.verb) &&
    matchesTarget(rule, attributes)
  )
}

function matchesTarget(rule: AuditRule, attributes: Attributes): boolean {
  const forResources = rule.resources.length > 0 || rule.namespaces.length > 0
  if (!forResources && rule.nonResourceURLs.length === 0) return true
  if (attributes.kind === 'path') return rule.nonResourceURLs.some((pattern) => matchesUrl(pattern, attributes.path))
  return (
    forResources &&
    has(rule.namespaces, attributes.namespace ?? '') &&
    (rule.resources.length === 0 || rule.resources.some((each) => matchesResource(each, attributes)))
  )
}

function matchesResource(wanted: AuditResources, attributes: Extract<Attributes, { kind: 'resource' }>): boolean {
  if (wanted.group !== attributes.group) return false
  if (wanted.resources.length === 0) return true
  const { resource, subresource = '', name = '' } = attributes
  const combined = subresource === '' ? resource : `${resource}/${subresource}`
  return (
    has(wanted.resourceNames, name) &&
    wanted.resources.some(
      (each) =>
        each === '*' ||
        each === combined ||
        (subresource !== '' && (each === `*/${subresource}` || each === `${resource}/*`)),
    )
  )
}

/** The last character may be a `*` that stands for the rest. */
function matchesUrl(pattern: string, path: string): boolean {
  return pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)))
}

function has(wanted: readonly string[], value: string): boolean {
  return wanted.length === 0 || wanted.includes(value)
}
