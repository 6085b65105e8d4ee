/**
 * The kinds of KubeVirt and CDI that are served, as data: paths, names, columns, webhook names. Shaped like the data part of the API
 * server's ResourceDefinition, so the engine only adds schema and rules.
 */

export interface ColumnData {
  name: string
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  description?: string
  /** Above 0 only with `-o wide`. */
  priority?: number
  /** JSONPath. */
  value: string
}

export interface ResourceData {
  group: string
  /** First is the storage and preferred version. */
  versions: { name: string; deprecated?: string }[]
  kind: string
  listKind: string
  resource: string
  singular: string
  shortNames: string[]
  categories: string[]
  namespaced: boolean
  schemaName: string
  /** Has a /status subresource. */
  status: boolean
  columns: ColumnData[]
  webhooks: { mutator?: string; createValidator?: string; updateValidator?: string }
}

const age: ColumnData = { name: 'Age', type: 'date', value: '.metadata.creationTimestamp' }
const condition = (name: string, type: string, priority?: number): ColumnData => ({
  name,
  type: 'string',
  value: `.status.conditions[?(@.type=='${type}')].status`,
  ...(priority === undefined ? {} : { priority }),
})
const text = (name: string, value: string, description?: string): ColumnData => ({
  name,
  type: 'string',
  value,
  ...(description === undefined ? {} : { description }),
})

const kubevirtVersions = [
  { name: 'v1' },
  { name: 'v1alpha3', deprecated: 'kubevirt.io/v1alpha3 is now deprecated and will be removed in a future release.' },
]
const cdiVersions = [{ name: 'v1beta1' }]

export const resources = {
  virtualMachine: {
    group: 'kubevirt.io',
    versions: kubevirtVersions,
    kind: 'VirtualMachine',
    listKind: 'VirtualMachineList',
    resource: 'virtualmachines',
    singular: 'virtualmachine',
    shortNames: ['vm', 'vms'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1.VirtualMachine',
    status: true,
    columns: [age, text('Status', '.status.printableStatus', 'Human Readable Status'), condition('Ready', 'Ready')],
    webhooks: {
      mutator: 'virtualmachines-mutator.kubevirt.io',
      createValidator: 'virtualmachine-validator.kubevirt.io',
      updateValidator: 'virtualmachine-validator.kubevirt.io',
    },
  },
  virtualMachineInstance: {
    group: 'kubevirt.io',
    versions: kubevirtVersions,
    kind: 'VirtualMachineInstance',
    listKind: 'VirtualMachineInstanceList',
    resource: 'virtualmachineinstances',
    singular: 'virtualmachineinstance',
    shortNames: ['vmi', 'vmis'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1.VirtualMachineInstance',
    // Without a status subresource, as in KubeVirt: a rule keeps others from changing `.status`.
    status: false,
    columns: [
      age,
      text('Phase', '.status.phase'),
      text('IP', '.status.interfaces[0].ipAddress'),
      text('NodeName', '.status.nodeName'),
      condition('Ready', 'Ready'),
      condition('Live-Migratable', 'LiveMigratable', 1),
      condition('Paused', 'Paused', 1),
    ],
    webhooks: {
      mutator: 'virtualmachineinstances-mutator.kubevirt.io',
      createValidator: 'virtualmachineinstances-create-validator.kubevirt.io',
      updateValidator: 'virtualmachineinstances-update-validator.kubevirt.io',
    },
  },
  kubeVirt: {
    group: 'kubevirt.io',
    versions: kubevirtVersions,
    kind: 'KubeVirt',
    listKind: 'KubeVirtList',
    resource: 'kubevirts',
    singular: 'kubevirt',
    shortNames: ['kv', 'kvs'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.v1.KubeVirt',
    status: true,
    columns: [age, text('Phase', '.status.phase')],
    webhooks: {
      createValidator: 'kubevirt-create-validator.kubevirt.io',
      updateValidator: 'kubevirt-update-validator.kubevirt.io',
    },
  },
  dataVolume: {
    group: 'cdi.kubevirt.io',
    versions: cdiVersions,
    kind: 'DataVolume',
    listKind: 'DataVolumeList',
    resource: 'datavolumes',
    singular: 'datavolume',
    shortNames: ['dv', 'dvs'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.cdi.v1beta1.DataVolume',
    status: true,
    columns: [
      text('Phase', '.status.phase', 'The phase the data volume is in'),
      text('Progress', '.status.progress', 'Transfer progress in percentage if known, N/A otherwise'),
      {
        name: 'Restarts',
        type: 'integer',
        value: '.status.restartCount',
        description: 'The number of times the transfer has been restarted.',
      },
      age,
    ],
    webhooks: {
      createValidator: 'datavolume-validate.cdi.kubevirt.io',
      updateValidator: 'datavolume-validate.cdi.kubevirt.io',
    },
  },
  dataSource: {
    group: 'cdi.kubevirt.io',
    versions: cdiVersions,
    kind: 'DataSource',
    listKind: 'DataSourceList',
    resource: 'datasources',
    singular: 'datasource',
    shortNames: ['das'],
    categories: ['all'],
    namespaced: true,
    schemaName: 'io.kubevirt.cdi.v1beta1.DataSource',
    status: false,
    columns: [],
    webhooks: {},
  },
  storageProfile: {
    group: 'cdi.kubevirt.io',
    versions: cdiVersions,
    kind: 'StorageProfile',
    listKind: 'StorageProfileList',
    resource: 'storageprofiles',
    singular: 'storageprofile',
    shortNames: [],
    categories: [],
    namespaced: false,
    schemaName: 'io.kubevirt.cdi.v1beta1.StorageProfile',
    status: true,
    columns: [],
    webhooks: {},
  },
  cdiConfig: {
    group: 'cdi.kubevirt.io',
    versions: cdiVersions,
    kind: 'CDIConfig',
    listKind: 'CDIConfigList',
    resource: 'cdiconfigs',
    singular: 'cdiconfig',
    shortNames: [],
    categories: [],
    namespaced: false,
    schemaName: 'io.kubevirt.cdi.v1beta1.CDIConfig',
    status: false,
    columns: [],
    webhooks: {},
  },
} as const satisfies Record<string, ResourceData>

export type ResourceKey = keyof typeof resources

/** `kubevirt.io/v1` */
export const kubevirtApiVersion = 'kubevirt.io/v1'
/** `cdi.kubevirt.io/v1beta1` */
export const cdiApiVersion = 'cdi.kubevirt.io/v1beta1'
/** Group of start, stop, console and the like. */
export const subresourceGroup = 'subresources.kubevirt.io'

/** How KubeVirt's own errors name a kind: singular, where Kubernetes would say the plural. */
export const singularTargets = {
  virtualMachine: { group: 'kubevirt.io', resource: 'virtualmachine' },
  virtualMachineInstance: { group: 'kubevirt.io', resource: 'virtualmachineinstance' },
} as const
