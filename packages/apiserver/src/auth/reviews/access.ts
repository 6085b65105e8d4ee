/** Questions about permissions (authorization.k8s.io/v1): may I, may they, what may I. */

import {
  forbiddenValue,
  invalid,
  invalidValue,
  requiredValue,
  type JsonObject,
  type KubeObject,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import { builtIn } from '../../core/built-in.ts'
import { objectAt, textAt, textsAt } from '../../core/fields.ts'
import type { RequestContext, ResourceDefinition } from '../../resource/definition.ts'
import type { RbacAuthorizer } from '../rbac.ts'
import { ruleObject } from '../rbac/rule.ts'
import { groups } from '../names.ts'
import type { Attributes, Authorizer, UserInfo } from '../user.ts'

const group = 'authorization.k8s.io'

type Review = KubeObject & JsonObject

export function accessReviews(schemas: SchemaSet, authorizer: RbacAuthorizer): ResourceDefinition[] {
  const question = (
    kind: string,
    namespaced: boolean,
    answer: (review: Review, context: RequestContext) => JsonObject,
  ): ResourceDefinition =>
    builtIn(schemas, {
      apiPackage: 'authorization.v1',
      group,
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
    question('SubjectAccessReview', false, (review) => decide(authorizer, review, subjectOf(review))),
    question('LocalSubjectAccessReview', true, (review, { namespace }) => {
      const asked = textAt(objectAt(objectAt(review, 'spec'), 'resourceAttributes'), 'namespace')
      if (asked !== namespace) {
        const why = 'must match the namespace of the request'
        throw refuse(review, [invalidValue('spec.resourceAttributes.namespace', asked, why)])
      }
      return decide(authorizer, review, subjectOf(review))
    }),
    question('SelfSubjectRulesReview', false, (review, { user }) => rulesStatus(authorizer, review, user)),
  ]
}

function refuse(review: Review, causes: StatusCause[]): Error {
  return invalid({ group, kind: review.kind }, review.metadata.name ?? '', causes)
}

function subjectOf(review: Review): UserInfo {
  const spec = objectAt(review, 'spec')
  const name = textAt(spec, 'user')
  const memberships = textsAt(spec, 'groups')
  if (name === '' && memberships.length === 0) {
    throw refuse(review, [requiredValue('spec.user', 'at least one of user or group must be specified')])
  }
  const uid = textAt(spec, 'uid')
  return { name, groups: memberships, ...(uid === '' ? {} : { uid }) }
}

function decide(authorizer: Authorizer, review: Review, user: UserInfo): JsonObject {
  const { allowed, reason } = authorizer.authorize(attributesOf(review, user))
  return { allowed, ...(reason === '' ? {} : { reason }) }
}

/** @throws {StatusError} Invalid unless it asks for exactly one thing */
function attributesOf(review: Review, user: UserInfo): Attributes {
  const spec = objectAt(review, 'spec')
  const resource = objectAt(spec, 'resourceAttributes')
  const path = objectAt(spec, 'nonResourceAttributes')
  if (resource !== undefined && path !== undefined) {
    const why = 'cannot be specified in combination with resourceAttributes'
    throw refuse(review, [forbiddenValue('spec.nonResourceAttributes', why)])
  }
  if (path !== undefined) return { kind: 'path', user, verb: textAt(path, 'verb'), path: textAt(path, 'path') }
  if (resource === undefined) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
    throw refuse(review, [requiredValue('spec.resourceAttributes', why)])
  }
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
  if (namespace === '') throw refuse(review, [requiredValue('spec.namespace', 'no namespace on request')])
  const everything = [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
    { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
  ]
  const rules = user.groups.includes(groups.masters) ? everything : authorizer.rulesFor(user, namespace)
  return {
    resourceRules: rules.filter((rule) => rule.resources.length > 0).map(ruleObject),
    nonResourceRules: rules.filter((rule) => rule.nonResourceURLs.length > 0).map(ruleObject),
    incomplete: false,
  }
}
