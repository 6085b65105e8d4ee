/** Questions about permissions (authorization.k8s.io/v1): may I, may they, what may I. */

import {
  badRequest,
  invalidValue,
  type Json,
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
    question('LocalSubjectAccessReview', true, (review, { namespace }) => {
      const own = review.metadata.namespace ?? ''
      if (own !== '' && own !== namespace) {
        throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
      }
      check([...subjectReviewCauses(review), ...localCauses(review, namespace ?? '')])
      review.metadata.namespace = namespace ?? ''
      return decide(authorizer, review, subjectOf(review))
    }),
    question('SelfSubjectAccessReview', false, (review, { user }) => {
      check([...askedCauses(review), ...selectorCauses(resourceOf(review)), ...metadataCauses(review)])
      return decide(authorizer, review, user)
    }),
    question('SelfSubjectRulesReview', false, (review, { user }) => rulesStatus(authorizer, review, user)),
    question('SubjectAccessReview', false, (review) => {
      check(subjectReviewCauses(review))
      return decide(authorizer, review, subjectOf(review))
    }),
  ]
}

function check(causes: readonly StatusCause[]): void {
  if (causes.length > 0) throw invalidReview(causes)
}

const resourceOf = (review: Review): JsonObject | undefined => objectAt(objectAt(review, 'spec'), 'resourceAttributes')
const pathOf = (review: Review): JsonObject | undefined => objectAt(objectAt(review, 'spec'), 'nonResourceAttributes')

/** A question is about exactly one thing. */
function askedCauses(review: Review): StatusCause[] {
  const resource = resourceOf(review)
  const path = pathOf(review)
  if (resource !== undefined && path !== undefined) {
    return [refusedPath(path, 'cannot be specified in combination with resourceAttributes')]
  }
  if (resource !== undefined || path !== undefined) return []
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [invalidValue('spec.resourceAttributes', 'null', why)]
}

function subjectReviewCauses(review: Review): StatusCause[] {
  const spec = objectAt(review, 'spec')
  const somebody = textAt(spec, 'user') !== '' || textsAt(spec, 'groups').length > 0
  return [
    ...askedCauses(review),
    ...(somebody ? [] : [invalidValue('spec.user', '', 'at least one of user or group must be specified')]),
    ...selectorCauses(resourceOf(review)),
    ...metadataCauses(review),
  ]
}

function localCauses(review: Review, namespace: string): StatusCause[] {
  const resource = resourceOf(review)
  const path = pathOf(review)
  const asked = textAt(resource, 'namespace')
  return [
    ...(resource === undefined || asked === namespace
      ? []
      : [invalidValue('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace')]),
    ...(path === undefined ? [] : [refusedPath(path, 'disallowed on this kind of request')]),
  ]
}

/** A question is kept nowhere, so it has no name. What the server itself writes there does not count. */
function metadataCauses({ metadata }: Review): StatusCause[] {
  const { managedFields: _fields, creationTimestamp: _time, namespace: _namespace, ...rest } = metadata
  return Object.keys(rest).length === 0 ? [] : [invalidGoValue('metadata', JSON.stringify(rest), 'must be empty')]
}

function subjectOf(review: Review): UserInfo {
  const spec = objectAt(review, 'spec')
  const name = textAt(spec, 'user')
  const memberships = textsAt(spec, 'groups')
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

function decide(authorizer: Authorizer, review: Review, user: UserInfo): JsonObject {
  const attributes = attributesOf(review, user)
  const { allowed, reason } = authorizer.authorize(attributes)
  const unread = selectorError(resourceOf(review))
  return {
    allowed,
    ...(reason === '' ? {} : { reason }),
    ...(unread === undefined ? {} : { evaluationError: unread }),
  }
}

function refusedPath(path: JsonObject, why: string): StatusCause {
  const shown = { Path: textAt(path, 'path'), Verb: textAt(path, 'verb') }
  return invalidGoValue('spec.nonResourceAttributes', goStruct('authorization.NonResourceAttributes', shown), why)
}

/** Of a question that is valid. */
function attributesOf(review: Review, user: UserInfo): Attributes {
  const resource = resourceOf(review)
  const path = pathOf(review)
  if (path !== undefined) return { kind: 'path', user, verb: textAt(path, 'verb'), path: textAt(path, 'path') }
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
