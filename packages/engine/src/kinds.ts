/** The VM kinds as the client names them. */

import { resource } from '@berth/kube'
import type {
  CdiConfig,
  DataSource,
  DataVolume,
  KubeVirt,
  StorageProfile,
  VirtualMachine,
  VirtualMachineInstance,
} from '@berth/api'

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

export const dataSources = resource<DataSource>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'datasources',
  kind: 'DataSource',
  namespaced: true,
})

export const kubeVirts = resource<KubeVirt>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'kubevirts',
  kind: 'KubeVirt',
  namespaced: true,
})

export const storageProfiles = resource<StorageProfile>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'storageprofiles',
  kind: 'StorageProfile',
  namespaced: false,
})

export const cdiConfigs = resource<CdiConfig>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'cdiconfigs',
  kind: 'CDIConfig',
  namespaced: false,
})
