/** What a person must be allowed to do for an action. */

import type { ObjectReference } from '../protocol/reference.ts'
import type { ActionSpec } from './action.ts'

export interface NeededRight {
  verb: string
  group: string
  resource: string
  subresource?: string
}

export function rightOf(action: ActionSpec, target: Pick<ObjectReference, 'group' | 'resource'>): NeededRight {
  const { subresource } = action
  if (subresource !== undefined) {
    const { parent, name } = subresource
    return { verb: 'update', group: 'subresources.kubevirt.io', resource: parent, subresource: name }
  }
  if (action.creates !== undefined) {
    const { group, resource } = action.creates
    return { verb: 'create', group, resource }
  }
  const { group, resource } = target
  if (action.does === 'delete') return { verb: 'delete', group, resource }
  if (action.id === 'edit') return { verb: 'patch', group, resource }
  return { verb: 'get', group: 'subresources.kubevirt.io', resource: 'virtualmachineinstances', subresource: action.id }
}

/** As the capability document names it: `virtualmachines/start.subresources.kubevirt.io/update`. */
export function rightText({ verb, group, resource, subresource }: NeededRight): string {
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`
  return `${group === '' ? whole : `${whole}.${group}`}/${verb}`
}
