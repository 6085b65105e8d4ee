/** Which machine a page is about, and the objects of the API that go by its name. */

import type { ObjectReference } from '@berth/view'

export interface MachineTarget {
  cluster: string
  namespace: string
  name: string
}

const group = { group: 'kubevirt.io', version: 'v1' }

export function machineReference(target: MachineTarget): ObjectReference {
  return { ...target, ...group, resource: 'virtualmachines' }
}

export function instanceReference(target: MachineTarget): ObjectReference {
  return { ...target, ...group, resource: 'virtualmachineinstances' }
}

/** Of a subresource of either. */
export const subresourceGroup = { group: 'subresources.kubevirt.io', version: 'v1' }
