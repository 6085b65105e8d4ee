/**
 * The kinds of KubeVirt and CDI that are served, as data: paths, names, columns, webhook names. Shaped like the data part of the API
 * server's ResourceDefinition, so the engine only adds schema and rules.
 */

import { backupResources } from './resources/backup-resources.ts'
import { cdiResources } from './resources/cdi-resources.ts'
import { exportResources } from './resources/export-resources.ts'
import { instancetypeResources } from './resources/instancetype-resources.ts'
import { kubevirtResources } from './resources/kubevirt-resources.ts'
import { snapshotResources } from './resources/snapshot-resources.ts'
import { templateResources } from './resources/template-resources.ts'

export type { ColumnData, ResourceData } from './resources/shape.ts'
export { volumeSnapshotResources } from './resources/volume-snapshot-resources.ts'

export const resources = {
  ...kubevirtResources,
  ...instancetypeResources,
  ...cdiResources,
  ...snapshotResources,
  ...backupResources,
  ...exportResources,
  ...templateResources,
}

export type ResourceKey = keyof typeof resources

/** `kubevirt.io/v1` */
export const kubevirtApiVersion = 'kubevirt.io/v1'
/** `cdi.kubevirt.io/v1beta1` */
export const cdiApiVersion = 'cdi.kubevirt.io/v1beta1'
/** Group of start, stop, console and the like. */
export const subresourceGroup = 'subresources.kubevirt.io'
/** Group of processing templates. */
export const templateSubresourceGroup = 'subresources.template.kubevirt.io'

/** How KubeVirt's own errors name a kind: singular, where Kubernetes would say the plural. */
export const singularTargets = {
  virtualMachine: { group: 'kubevirt.io', resource: 'virtualmachine' },
  virtualMachineInstance: { group: 'kubevirt.io', resource: 'virtualmachineinstance' },
} as const
