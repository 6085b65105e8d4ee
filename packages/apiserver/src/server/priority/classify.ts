/** Which flow a request belongs to: the first flow schema that fits, and who or what it is told apart by. */

import { parseServiceAccountUser } from '../../auth/names.ts'
import type { Attributes, UserInfo } from '../../auth/user.ts'
import type { FlowSchema, ResourceRule, Subject } from './configuration.ts'

export interface Flow {
  schema: FlowSchema
  /** A user or a namespace; empty when the schema tells nobody apart. */
  distinguisher: string
}

/** @param schemas in the order of their precedence */
export function flowOf(schemas: readonly FlowSchema[], attributes: Attributes): Flow | undefined {
  const schema = schemas.find(
    (each) => each.subjects.some((subject) => isSubject(subject, attributes.user)) && covers(each, attributes),
  )
  return schema === undefined ? undefined : { schema, distinguisher: distinguisherOf(schema, attributes) }
}

function distinguisherOf(schema: FlowSchema, attributes: Attributes): string {
  if (schema.by === 'user') return attributes.user.name
  if (schema.by === 'namespace' && attributes.kind === 'resource') return attributes.namespace ?? ''
  return ''
}

function isSubject(subject: Subject, user: UserInfo): boolean {
  if ('group' in subject) return user.groups.includes(subject.group)
  if ('user' in subject) return subject.user === '*' || user.name === subject.user
  const account = parseServiceAccountUser(user.name)
  if (account === undefined || account.namespace !== subject.namespace) return false
  return subject.serviceAccount === '*' || account.name === subject.serviceAccount
}

function covers(schema: FlowSchema, attributes: Attributes): boolean {
  if (attributes.kind === 'resource') return schema.resources.some((rule) => coversResource(rule, attributes))
  return schema.paths.some(
    ({ verbs, paths }) => has(verbs, attributes.verb) && paths.some((pattern) => matchesPath(pattern, attributes.path)),
  )
}

function coversResource(rule: ResourceRule, attributes: Extract<Attributes, { kind: 'resource' }>): boolean {
  const { group, resource, subresource, verb, namespace } = attributes
  if (namespace === undefined && rule.clusterScope !== true) return false
  const full = subresource === undefined ? resource : `${resource}/${subresource}`
  return has(rule.groups, group) && has(rule.resources, full) && has(rule.verbs, verb)
}

const has = (list: readonly string[], value: string): boolean => list.includes(value) || list.includes('*')

/** Exact, or a prefix up to a final `*`. */
function matchesPath(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern
}
