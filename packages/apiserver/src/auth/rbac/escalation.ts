/**
 * Nobody may hand out more than they have: writing a role needs its rules or the verb `escalate`, writing a binding needs the
 * rules of its role or the verb `bind` (https://kubernetes.io/docs/reference/access-authn-authz/rbac/, "Privilege escalation").
 */

import type { JsonObject, KubeObject } from '@berth/meta'
import { deepEqual, notFound } from '@berth/meta'
import type { RequestContext } from '../../resource/definition.ts'
import { refusal } from '../../server/attributes.ts'
import type { RbacAuthorizer } from '../rbac.ts'
import { rbacGroup, roleRefOf } from './binding.ts'
import { compactRules, ruleText } from './rule-text.ts'
import { rulesOf, uncovered, type PolicyRule } from './rule.ts'

type RbacObject = KubeObject & JsonObject
type Target = 'roles' | 'clusterroles' | 'rolebindings' | 'clusterrolebindings'

/** Written by the server itself, or by those who let an object be deleted. */
const collectorFields: ReadonlySet<string> = new Set([
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generation',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
])

/**
 * Whether a write only lets an object be deleted. Any other takes the rights of what is written, also when that stays as it is:
 * the labels of a role decide which others it is added to.
 */
function isForCollectorOnly(previous: RbacObject, object: RbacObject): boolean {
  return deepEqual(withoutCollectorFields(previous), withoutCollectorFields(object))
}

function withoutCollectorFields({ metadata, ...content }: RbacObject): object {
  const kept = Object.entries(metadata).filter(([field]) => !collectorFields.has(field))
  return { ...content, metadata: Object.fromEntries(kept) }
}

/** @throws {StatusError} Forbidden when the role grants more than its writer has */
export function checkRoleEscalation(
  authorizer: RbacAuthorizer,
  write: { resource: Target; object: RbacObject; previous: RbacObject | undefined; context: RequestContext },
): void {
  const { resource, object, previous, context } = write
  if (previous !== undefined && isForCollectorOnly(previous, object)) return
  if (may(authorizer, context, { verb: 'escalate', resource, name: object.metadata.name })) return
  refuseUncovered(authorizer, { resource, object, context, wanted: rulesOf(object) })
  if (object['aggregationRule'] === undefined && previous?.['aggregationRule'] === undefined) return
  // What gets aggregated later is not known now, so it takes the right to everything.
  if (uncovered(authorizer.rulesFor(context.user, undefined), everything).length === 0) return
  const why = 'must have cluster-admin privileges to use the aggregationRule'
  throw refusal({ group: rbacGroup, resource }, object.metadata.name, why)
}

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
]

/** @throws {StatusError} Forbidden when the binding grants more than its writer has, or names a role that does not exist */
export function checkBindingEscalation(
  authorizer: RbacAuthorizer,
  write: { resource: Target; object: RbacObject; previous: RbacObject | undefined; context: RequestContext },
): void {
  const { resource, object, previous, context } = write
  if (previous !== undefined && isForCollectorOnly(previous, object)) return
  const reference = roleRefOf(object)
  const roleResource = reference.kind === 'Role' ? 'roles' : 'clusterroles'
  if (may(authorizer, context, { verb: 'bind', resource: roleResource, name: reference.name })) return
  const wanted = authorizer.rulesOfRole(reference, context.namespace)
  // kube-apiserver names the role, and calls it a binding.
  if (wanted === undefined) throw notFound({ group: rbacGroup, resource }, reference.name)
  refuseUncovered(authorizer, { resource, object, context, wanted })
}

function may(
  authorizer: RbacAuthorizer,
  context: RequestContext,
  action: { verb: string; resource: string; name: string | undefined },
): boolean {
  const { user, namespace } = context
  const { verb, resource, name } = action
  return authorizer.authorize({
    kind: 'resource',
    user,
    verb,
    group: rbacGroup,
    version: 'v1',
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }).allowed
}

function refuseUncovered(
  authorizer: RbacAuthorizer,
  write: { resource: Target; object: RbacObject; context: RequestContext; wanted: readonly PolicyRule[] },
): void {
  const { resource, object, context, wanted } = write
  const missing = uncovered(authorizer.rulesFor(context.user, context.namespace), wanted)
  if (missing.length === 0) return
  const list = compactRules(missing).map(ruleText).toSorted().join('\n')
  const groups = context.user.groups.map((group) => JSON.stringify(group)).join(' ')
  const user = `user ${JSON.stringify(context.user.name)} (groups=[${groups}])`
  throw refusal(
    { group: rbacGroup, resource },
    object.metadata.name,
    `${user} is attempting to grant RBAC permissions not currently held:\n${list}`,
  )
}
