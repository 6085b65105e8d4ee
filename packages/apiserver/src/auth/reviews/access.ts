/** Questions about permissions (authorization.k8s.io/v1): may I, may they, what may I. */

import { badRequest, invalidValue, type Json, type JsonObject, type KubeObject, type SchemaSet } from '@berth/meta'
import { builtIn } from '../../core/built-in.ts'
import { objectAt, textAt, textsAt } from '../../core/fields.ts'
import type { RequestContext, ResourceDefinition } from '../../resource/definition.ts'
import type { RbacAuthorizer } from '../rbac.ts'
import { ruleObject } from '../rbac/rule.ts'
import { groups } from '../names.ts'
import type { Attributes, Authorizer, UserInfo } from '../user.ts'
import { goStruct, invalidGoValue, invalidReview, reviewGroup } from './refuse.ts'
import { selectorCauses, selectorError } from './selectors.ts'

type Review = KubeObject & JsonObject

export function accessReviews(schemas: SchemaSet, authorizer: RbacAuthorizer): ResourceDefinition[] {
  const question = (
    kind: string,
    namespaced: boolean,
    answer: (review: Review, context: RequestContext) => JsonObject,
  ): ResourceDefinition =>
    builtIn(schemas, {
      apiPackage: 'authorization.v1',
      group: reviewGroup,
      kind,
      resource: `${kind.toLowerCase()}s`,
      namespaced,
      verbs: ['create'],
      async create(review, context) {
        review['status'] = answer(review, context)
        return review
      },
    })
  return [
    question('SelfSubjectAccessReview', false, (review, { user }) => decide(authorizer, review, user)),
    question('SubjectAccessReview', false, (review) => {
      const user = subjectOf(review)
      checkMetadata(review)
      return decide(authorizer, review, user)
    }),
    question('LocalSubjectAccessReview', true, (review, { namespace }) => {
      const own = review.metadata.namespace ?? ''
      if (own !== '' && own !== namespace) {
        throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
      }
      const user = subjectOf(review)
      const path = objectAt(objectAt(review, 'spec'), 'nonResourceAttributes')
      if (path !== undefined) throw invalidReview([refusedPath(path, 'disallowed on this kind of request')])
      const asked = textAt(objectAt(objectAt(review, 'spec'), 'resourceAttributes'), 'namespace')
      if (asked !== namespace) {
        const why = 'must match metadata.namespace'
        throw invalidReview([invalidValue('spec.resourceAttributes.namespace', asked, why)])
      }
      return decide(authorizer, review, user)
    }),
    question('SelfSubjectRulesReview', false, (review, { user }) => rulesStatus(authorizer, review, user)),
  ]
}

function subjectOf(review: Review): UserInfo {
  const spec = objectAt(review, 'spec')
  const name = textAt(spec, 'user')
  const memberships = textsAt(spec, 'groups')
  if (name === '' && memberships.length === 0) {
    throw invalidReview([invalidValue('spec.user', '', 'at least one of user or group must be specified')])
  }
  const uid = textAt(spec, 'uid')
  const extra = Object.entries(objectAt(spec, 'extra') ?? {}).map(([key, values]) => [key, textsOf(values)] as const)
  return {
    name,
    groups: memberships,
    ...(uid === '' ? {} : { uid }),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  }
}

function textsOf(values: Json): string[] {
  return Array.isArray(values) ? values.filter((each) => typeof each === 'string') : []
}

/** A question about somebody is kept nowhere, so it has no name. What the server itself writes there does not count. */
function checkMetadata({ metadata }: Review): void {
  const { managedFields: _fields, creationTimestamp: _time, ...rest } = metadata
  if (Object.keys(rest).length === 0) return
  throw invalidReview([invalidGoValue('metadata', JSON.stringify(rest), 'must be empty')])
}

function decide(authorizer: Authorizer, review: Review, user: UserInfo): JsonObject {
  const attributes = attributesOf(review, user)
  const { allowed, reason } = authorizer.authorize(attributes)
  const unread = selectorError(objectAt(objectAt(review, 'spec'), 'resourceAttributes'))
  return {
    allowed,
    ...(reason === '' ? {} : { reason }),
    ...(unread === undefined ? {} : { evaluationError: unread }),
  }
}

function refusedPath(path: JsonObject, why: string): ReturnType<typeof invalidGoValue> {
  const shown = { Path: textAt(path, 'path'), Verb: textAt(path, 'verb') }
  return invalidGoValue('spec.nonResourceAttributes', goStruct('authorization.NonResourceAttributes', shown), why)
}

/** @throws {StatusError} Invalid unless it asks for exactly one thing */
function attributesOf(review: Review, user: UserInfo): Attributes {
  const spec = objectAt(review, 'spec')
  const resource = objectAt(spec, 'resourceAttributes')
  const path = objectAt(spec, 'nonResourceAttributes')
  if (resource !== undefined && path !== undefined) {
    throw invalidReview([refusedPath(path, 'cannot be specified in combination with resourceAttributes')])
  }
  if (path !== undefined) return { kind: 'path', user, verb: textAt(path, 'verb'), path: textAt(path, 'path') }
  if (resource === undefined) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
    throw invalidReview([invalidValue('spec.resourceAttributes', 'null', why)])
  }
  const causes = selectorCauses(resource)
  if (causes.length > 0) throw invalidReview(causes)
  const optional = (key: 'subresource' | 'namespace' | 'name'): Partial<Record<typeof key, string>> => {
    const value = textAt(resource, key)
    return value === '' ? {} : { [key]: value }
  }
  return {
    kind: 'resource',
    user,
    verb: textAt(resource, 'verb'),
    group: textAt(resource, 'group'),
    version: textAt(resource, 'version'),
    resource: textAt(resource, 'resource'),
    ...optional('subresource'),
    ...optional('namespace'),
    ...optional('name'),
  }
}

function rulesStatus(authorizer: RbacAuthorizer, review: Review, user: UserInfo): JsonObject {
  const namespace = textAt(objectAt(review, 'spec'), 'namespace')
  if (namespace === '') throw badRequest('no namespace on request')
  const everything = [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
    { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
  ]
  const rules = user.groups.includes(groups.masters) ? everything : authorizer.rulesFor(user, namespace)
  // kube-apiserver does not repeat what was asked.
  review['spec'] = {}
  return {
    resourceRules: rules.filter((rule) => rule.resources.length > 0).map(ruleObject),
    nonResourceRules: rules.filter((rule) => rule.nonResourceURLs.length > 0).map(ruleObject),
    incomplete: false,
  }
}
