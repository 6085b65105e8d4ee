/** Tells the engine's own controllers from everybody else. */

import type { UserInfo } from '@berth/apiserver'

/** KubeVirt trusts the service accounts of its own namespace; so does the engine (kubevirt-semantics 0.1). */
export function isEngine(user: UserInfo): boolean {
  return user.name.startsWith('system:serviceaccount:kubevirt:')
}
