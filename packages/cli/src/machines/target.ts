/** How commands address machines. */

import type { KubeObject } from '@berth/meta'

/** Which of a machine's two objects a subresource belongs to. */
export type SubresourceParent = 'virtualmachines' | 'virtualmachineinstances'

export const subresourceVersion = { group: 'subresources.kubevirt.io', version: 'v1' } as const

export interface MachineTarget {
  namespace: string
  name: string
}

/** `web`, or `team/web` where the namespace is not the session's own. */
export function displayName(object: KubeObject, namespace: string): string {
  const { name = '', namespace: own } = object.metadata
  return own === undefined || own === namespace ? name : `${own}/${name}`
}
