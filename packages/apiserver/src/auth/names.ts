/** The users, groups and claims that Kubernetes gives a meaning. */

export const anonymousUser = 'system:anonymous'
export const groups = {
  /** May do everything; RBAC is not asked. */
  masters: 'system:masters',
  authenticated: 'system:authenticated',
  unauthenticated: 'system:unauthenticated',
  serviceAccounts: 'system:serviceaccounts',
} as const

const serviceAccountPrefix = 'system:serviceaccount:'

/** The user name of a service account. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `${serviceAccountPrefix}${namespace}:${name}`
}

/** The groups of a service account, without `system:authenticated`. */
export function serviceAccountGroups(namespace: string): string[] {
  return [groups.serviceAccounts, `${groups.serviceAccounts}:${namespace}`]
}

/** Undefined when the user name is not a service account's. */
export function parseServiceAccountUser(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(serviceAccountPrefix)) return undefined
  const [namespace = '', name = '', ...more] = user.slice(serviceAccountPrefix.length).split(':')
  return namespace === '' || name === '' || more.length > 0 ? undefined : { namespace, name }
}
