/** Role bindings, read from stored objects. */

import type { JsonObject } from '@berth/meta'
import { objectAt, objectsAt, textAt } from '../../core/fields.ts'
import { serviceAccountUser } from '../names.ts'
import type { UserInfo } from '../user.ts'

export const rbacGroup = 'rbac.authorization.k8s.io'

export interface RoleRef {
  readonly kind: 'Role' | 'ClusterRole'
  readonly name: string
}

export interface Binding {
  readonly name: string
  /** Undefined for a ClusterRoleBinding. */
  readonly namespace: string | undefined
  readonly roleRef: RoleRef
  /** As {@link subjectKeys} gives them for a user. */
  readonly subjects: readonly string[]
}

export function bindingOf(object: JsonObject): Binding {
  const metadata = objectAt(object, 'metadata')
  const namespace = textAt(metadata, 'namespace')
  return {
    name: textAt(metadata, 'name'),
    namespace: namespace === '' ? undefined : namespace,
    roleRef: roleRefOf(object),
    subjects: objectsAt(object, 'subjects').flatMap((each) => subjectKey(each, namespace)),
  }
}

export function roleRefOf(binding: JsonObject): RoleRef {
  const reference = objectAt(binding, 'roleRef')
  return { kind: textAt(reference, 'kind') === 'Role' ? 'Role' : 'ClusterRole', name: textAt(reference, 'name') }
}

/** Everything a binding may name a user by. */
export function subjectKeys(user: UserInfo): string[] {
  return [`User ${user.name}`, ...user.groups.map((group) => `Group ${group}`)]
}

function subjectKey(subject: JsonObject, bindingNamespace: string): string[] {
  const name = textAt(subject, 'name')
  switch (textAt(subject, 'kind')) {
    case 'User':
      return [`User ${name}`]
    case 'Group':
      return [`Group ${name}`]
    case 'ServiceAccount': {
      const own = textAt(subject, 'namespace')
      return [`User ${serviceAccountUser(own === '' ? bindingNamespace : own, name)}`]
    }
    default:
      return []
  }
}
