/** How commands address machines. */

/** Which of a machine's two objects a subresource belongs to. */
export type SubresourceParent = 'virtualmachines' | 'virtualmachineinstances'

export const subresourceVersion = { group: 'subresources.kubevirt.io', version: 'v1' } as const

export interface MachineTarget {
  namespace: string
  name: string
}
