/** The VM kinds as this command reads them. */

import type { DataVolume, VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { resource } from '@berth/kube'
import type { KubeObject } from '@berth/meta'

export const machines = resource<VirtualMachine>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'virtualmachines',
  kind: 'VirtualMachine',
  namespaced: true,
})

export const instances = resource<VirtualMachineInstance>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'virtualmachineinstances',
  kind: 'VirtualMachineInstance',
  namespaced: true,
})

export const dataVolumes = resource<DataVolume>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'datavolumes',
  kind: 'DataVolume',
  namespaced: true,
})

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
