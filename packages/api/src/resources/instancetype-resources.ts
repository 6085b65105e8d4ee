/** Instance types and preferences, each of a namespace or of the cluster. */

import type { ResourceData } from './shape.ts'

const versions = [{ name: 'v1beta1' }] as const

export const instancetypeResources = {
  virtualMachineInstancetype: {
    group: 'instancetype.kubevirt.io',
    versions,
    kind: 'VirtualMachineInstancetype',
    listKind: 'VirtualMachineInstancetypeList',
    resource: 'virtualmachineinstancetypes',
    singular: 'virtualmachineinstancetype',
    shortNames: ['vminstancetype', 'vminstancetypes', 'vmf', 'vmfs'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1beta1.VirtualMachineInstancetype',
    status: false,
    columns: [],
    webhooks: {
      createValidator: 'virtualmachineinstancetype-validator.instancetype.kubevirt.io',
      updateValidator: 'virtualmachineinstancetype-validator.instancetype.kubevirt.io',
    },
  },
  virtualMachineClusterInstancetype: {
    group: 'instancetype.kubevirt.io',
    versions,
    kind: 'VirtualMachineClusterInstancetype',
    listKind: 'VirtualMachineClusterInstancetypeList',
    resource: 'virtualmachineclusterinstancetypes',
    singular: 'virtualmachineclusterinstancetype',
    shortNames: ['vmclusterinstancetype', 'vmclusterinstancetypes', 'vmcf', 'vmcfs'],
    categories: [],
    namespaced: false,
    schemaName: 'io.kubevirt.v1beta1.VirtualMachineClusterInstancetype',
    status: false,
    columns: [],
    webhooks: {
      createValidator: 'virtualmachineclusterinstancetype-validator.instancetype.kubevirt.io',
      updateValidator: 'virtualmachineclusterinstancetype-validator.instancetype.kubevirt.io',
    },
  },
  virtualMachinePreference: {
    group: 'instancetype.kubevirt.io',
    versions,
    kind: 'VirtualMachinePreference',
    listKind: 'VirtualMachinePreferenceList',
    resource: 'virtualmachinepreferences',
    singular: 'virtualmachinepreference',
    shortNames: ['vmpref', 'vmprefs', 'vmp', 'vmps'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1beta1.VirtualMachinePreference',
    status: false,
    columns: [],
    webhooks: {
      createValidator: 'virtualmachinepreference-validator.instancetype.kubevirt.io',
      updateValidator: 'virtualmachinepreference-validator.instancetype.kubevirt.io',
    },
  },
  virtualMachineClusterPreference: {
    group: 'instancetype.kubevirt.io',
    versions,
    kind: 'VirtualMachineClusterPreference',
    listKind: 'VirtualMachineClusterPreferenceList',
    resource: 'virtualmachineclusterpreferences',
    singular: 'virtualmachineclusterpreference',
    shortNames: ['vmcp', 'vmcps'],
    categories: [],
    namespaced: false,
    schemaName: 'io.kubevirt.v1beta1.VirtualMachineClusterPreference',
    status: false,
    columns: [],
    webhooks: {
      createValidator: 'virtualmachineclusterpreference-validator.instancetype.kubevirt.io',
      updateValidator: 'virtualmachineclusterpreference-validator.instancetype.kubevirt.io',
    },
  },
} as const satisfies Record<string, ResourceData>
