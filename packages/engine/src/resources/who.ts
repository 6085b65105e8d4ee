/** Tells the engine's own controllers from everybody else. */

import { internalUser, type UserInfo } from '@berth/apiserver'

/** The controllers' own identity. Its name is of the namespace KubeVirt's components live in. */
export const engineUser: UserInfo = internalUser('system:serviceaccount:kubevirt:kubevirt-controller')

/**
 * Only the identity inside this process counts: whoever may edit the namespace can get a token for a service account of any name
 * there, which has the name but never the group.
 */
export function isEngine({ name, groups }: UserInfo): boolean {
  return name === engineUser.name && engineUser.groups.every((group) => groups.includes(group))
}
