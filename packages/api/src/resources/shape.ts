/** What the table of served kinds says of each, and the columns and versions that several kinds share. */

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
  versions: readonly { name: string; deprecated?: string }[]
  kind: string
  listKind: string
  resource: string
  singular: string
  shortNames: readonly string[]
  categories: readonly string[]
  namespaced: boolean
  schemaName: string
  /** Has a /status subresource. */
  status: boolean
  /** Has a /scale subresource over `.spec.replicas`, `.status.replicas` and `.status.labelSelector`. */
  scale?: true
  columns: readonly ColumnData[]
  webhooks: { mutator?: string; createValidator?: string; updateValidator?: string }
}

export const age: ColumnData = { name: 'Age', type: 'date', value: '.metadata.creationTimestamp' }

export const conditionColumn = (name: string, type: string, priority?: number): ColumnData => ({
  name,
  type: 'string',
  value: `.status.conditions[?(@.type=='${type}')].status`,
  ...(priority === undefined ? {} : { priority }),
})

export const textColumn = (name: string, value: string, description?: string): ColumnData => ({
  name,
  type: 'string',
  value,
  ...(description === undefined ? {} : { description }),
})

/** Desired, current and ready, of kinds that hold several machines. */
export const replicaColumns = (what: string): ColumnData[] => [
  { name: 'Desired', type: 'integer', value: '.spec.replicas', description: `Number of desired ${what}` },
  {
    name: 'Current',
    type: 'integer',
    value: '.status.replicas',
    description: `Number of managed and not final or deleted ${what}`,
  },
  {
    name: 'Ready',
    type: 'integer',
    value: '.status.readyReplicas',
    description: `Number of managed ${what} which are ready to receive traffic`,
  },
  age,
]

export const kubevirtVersions = [
  { name: 'v1' },
  { name: 'v1alpha3', deprecated: 'kubevirt.io/v1alpha3 is now deprecated and will be removed in a future release.' },
] as const
