/** The VM kinds as clients name them: each carries the type of its objects. */

import { resource, type Resource } from '@berth/meta'
import type { CdiConfig, DataSource, DataVolume, StorageProfile } from './types/data-volume.ts'
import type { VirtualMachineInstance } from './types/instance.ts'
import type { KubeVirt } from './types/kubevirt.ts'
import type { VirtualMachine } from './types/machine.ts'

export const virtualMachines: Resource<VirtualMachine> = resource<VirtualMachine>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'virtualmachines',
  kind: 'VirtualMachine',
  namespaced: true,
})

export const virtualMachineInstances: Resource<VirtualMachineInstance> = resource<VirtualMachineInstance>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'virtualmachineinstances',
  kind: 'VirtualMachineInstance',
  namespaced: true,
})

export const dataVolumes: Resource<DataVolume> = resource<DataVolume>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'datavolumes',
  kind: 'DataVolume',
  namespaced: true,
})

export const dataSources: Resource<DataSource> = resource<DataSource>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'datasources',
  kind: 'DataSource',
  namespaced: true,
})

export const kubeVirts: Resource<KubeVirt> = resource<KubeVirt>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'kubevirts',
  kind: 'KubeVirt',
  namespaced: true,
})

export const storageProfiles: Resource<StorageProfile> = resource<StorageProfile>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'storageprofiles',
  kind: 'StorageProfile',
  namespaced: false,
})

export const cdiConfigs: Resource<CdiConfig> = resource<CdiConfig>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'cdiconfigs',
  kind: 'CDIConfig',
  namespaced: false,
})
