/** The VM kinds as tests name them. */

import type { DataVolume, VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { resource } from '@berth/kube'

export const virtualMachines = resource<VirtualMachine>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'virtualmachines',
  kind: 'VirtualMachine',
  namespaced: true,
})

export const virtualMachineInstances = resource<VirtualMachineInstance>({
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
