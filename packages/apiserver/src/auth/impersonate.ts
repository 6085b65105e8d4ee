/**
 * Acting as somebody else: the Impersonate-* headers, allowed name by name through RBAC
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation).
 */

import { badRequest } from '@berth/meta'
import { refusal } from '../server/attributes.ts'
import { anonymousUser, groups, parseServiceAccountUser, serviceAccountGroups } from './names.ts'
import type { Attributes, Authorizer, UserInfo } from './user.ts'

const extraPrefix = 'impersonate-extra-'

interface Wanted {
  user: string
  groups: string[]
  uid: string | undefined
  extra: Record<string, string[]>
}

/**
 * The user the request acts as: `user` itself when nothing is asked.
 * @throws {StatusError} Forbidden; BadRequest when groups, uid or extra come without a user
 */
export function impersonate(
  user: UserInfo,
  headers: Readonly<Record<string, string | undefined>>,
  authorizer: Authorizer,
): UserInfo {
  const wanted = readHeaders(headers)
  if (wanted === undefined) return user
  for (const target of targetsOf(wanted)) {
    const attributes: Attributes = { kind: 'resource', user, verb: 'impersonate', version: 'v1', ...target }
    const { allowed, reason } = authorizer.authorize(attributes)
    if (allowed) continue
    const where = target.namespace === undefined ? 'at the cluster scope' : `in the namespace "${target.namespace}"`
    const what = target.subresource === undefined ? target.resource : `${target.resource}/${target.subresource}`
    throw refusal(
      target,
      target.name,
      `User ${JSON.stringify(user.name)} cannot impersonate resource "${what}" in API group "${target.group}" ${where}${reason === '' ? '' : `: ${reason}`}`,
    )
  }
  return {
    name: wanted.user,
    ...(wanted.uid === undefined ? {} : { uid: wanted.uid }),
    groups: groupsOf(wanted),
    ...(Object.keys(wanted.extra).length === 0 ? {} : { extra: wanted.extra }),
    impersonator: user,
  }
}

function readHeaders(headers: Readonly<Record<string, string | undefined>>): Wanted | undefined {
  const user = headers['impersonate-user'] ?? ''
  const uid = headers['impersonate-uid']
  const extra: [string, string[]][] = []
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(extraPrefix) || value === undefined) continue
    extra.push([decodeKey(name.slice(extraPrefix.length)), listOf(value)])
  }
  const groups = listOf(headers['impersonate-group'] ?? '')
  if (user !== '') return { user, uid, groups, extra: Object.fromEntries(extra) }
  if (groups.length > 0 || extra.length > 0 || (uid ?? '') !== '') {
    throw badRequest('requested impersonation of groups, uid or extra without impersonating a user')
  }
  return undefined
}

/** Repeated headers arrive joined, as HTTP allows. */
function listOf(value: string): string[] {
  return value
    .split(', ')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    // As it came, which kube-apiserver does too: it is a key like any other, and a right is needed for it.
    return key
  }
}

type Target = Pick<Extract<Attributes, { kind: 'resource' }>, 'group' | 'resource' | 'subresource' | 'namespace'> & {
  name: string
}

/** Every name that must be allowed. */
function targetsOf(wanted: Wanted): Target[] {
  const account = parseServiceAccountUser(wanted.user)
  const authentication = 'authentication.k8s.io'
  return [
    account === undefined
      ? { group: '', resource: 'users', name: wanted.user }
      : { group: '', resource: 'serviceaccounts', ...account },
    ...wanted.groups.map((name) => ({ group: '', resource: 'groups', name })),
    ...(wanted.uid === undefined ? [] : [{ group: authentication, resource: 'uids', name: wanted.uid }]),
    ...Object.entries(wanted.extra).flatMap(([subresource, values]) =>
      values.map((name) => ({ group: authentication, resource: 'userextras', subresource, name })),
    ),
  ]
}

function groupsOf(wanted: Wanted): string[] {
  const account = parseServiceAccountUser(wanted.user)
  const own =
    wanted.groups.length === 0 && account !== undefined ? serviceAccountGroups(account.namespace) : wanted.groups
  // Whoever names one of the two means it.
  if (own.includes(groups.authenticated) || own.includes(groups.unauthenticated)) return [...own]
  return [...own, wanted.user === anonymousUser ? groups.unauthenticated : groups.authenticated]
}
