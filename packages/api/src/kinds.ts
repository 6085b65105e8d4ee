/** The VM kinds as clients name them: each carries the type of its objects. */

import { resource, type Resource } from '@berth/meta'
import type { VirtualMachineBackup, VirtualMachineBackupTracker } from './types/backup.ts'
import type { CdiConfig, DataImportCron, DataSource, DataVolume, StorageProfile } from './types/data-volume.ts'
import type { VirtualMachineExport } from './types/export.ts'
import type { VirtualMachineInstance } from './types/instance.ts'
import type {
  VirtualMachineInstancePreset,
  VirtualMachineInstanceReplicaSet,
  VirtualMachinePool,
} from './types/group.ts'
import type { Instancetype, Preference } from './types/instancetype.ts'
import type { MigrationPolicy, VirtualMachineInstanceMigration } from './types/migration.ts'
import type { ImageBuild } from './types/image-build.ts'
import type { KubeVirt } from './types/kubevirt.ts'
import type { VirtualMachine } from './types/machine.ts'
import type { VirtualMachineClone } from './types/clone.ts'
import type { VirtualMachineRestore, VirtualMachineSnapshot, VirtualMachineSnapshotContent } from './types/snapshot.ts'
import type { SnapshotPolicy } from './types/snapshot-policy.ts'
import type { VirtualMachineTemplate, VirtualMachineTemplateRequest } from './types/template.ts'
import type { VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent } from './types/volume-snapshot.ts'

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

export const dataImportCrons: Resource<DataImportCron> = resource<DataImportCron>({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  resource: 'dataimportcrons',
  kind: 'DataImportCron',
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

export const replicaSets: Resource<VirtualMachineInstanceReplicaSet> = resource<VirtualMachineInstanceReplicaSet>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'virtualmachineinstancereplicasets',
  kind: 'VirtualMachineInstanceReplicaSet',
  namespaced: true,
})

export const presets: Resource<VirtualMachineInstancePreset> = resource<VirtualMachineInstancePreset>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'virtualmachineinstancepresets',
  kind: 'VirtualMachineInstancePreset',
  namespaced: true,
})

export const migrations: Resource<VirtualMachineInstanceMigration> = resource<VirtualMachineInstanceMigration>({
  apiVersion: 'kubevirt.io/v1',
  resource: 'virtualmachineinstancemigrations',
  kind: 'VirtualMachineInstanceMigration',
  namespaced: true,
})

export const migrationPolicies: Resource<MigrationPolicy> = resource<MigrationPolicy>({
  apiVersion: 'migrations.kubevirt.io/v1alpha1',
  resource: 'migrationpolicies',
  kind: 'MigrationPolicy',
  namespaced: false,
})

export const pools: Resource<VirtualMachinePool> = resource<VirtualMachinePool>({
  apiVersion: 'pool.kubevirt.io/v1beta1',
  resource: 'virtualmachinepools',
  kind: 'VirtualMachinePool',
  namespaced: true,
})

export const instancetypes: Resource<Instancetype> = resource<Instancetype>({
  apiVersion: 'instancetype.kubevirt.io/v1beta1',
  resource: 'virtualmachineinstancetypes',
  kind: 'VirtualMachineInstancetype',
  namespaced: true,
})

export const clusterInstancetypes: Resource<Instancetype> = resource<Instancetype>({
  apiVersion: 'instancetype.kubevirt.io/v1beta1',
  resource: 'virtualmachineclusterinstancetypes',
  kind: 'VirtualMachineClusterInstancetype',
  namespaced: false,
})

export const preferences: Resource<Preference> = resource<Preference>({
  apiVersion: 'instancetype.kubevirt.io/v1beta1',
  resource: 'virtualmachinepreferences',
  kind: 'VirtualMachinePreference',
  namespaced: true,
})

export const clusterPreferences: Resource<Preference> = resource<Preference>({
  apiVersion: 'instancetype.kubevirt.io/v1beta1',
  resource: 'virtualmachineclusterpreferences',
  kind: 'VirtualMachineClusterPreference',
  namespaced: false,
})

export const templates: Resource<VirtualMachineTemplate> = resource<VirtualMachineTemplate>({
  apiVersion: 'template.kubevirt.io/v1beta1',
  resource: 'virtualmachinetemplates',
  kind: 'VirtualMachineTemplate',
  namespaced: true,
})

export const templateRequests: Resource<VirtualMachineTemplateRequest> = resource<VirtualMachineTemplateRequest>({
  apiVersion: 'template.kubevirt.io/v1beta1',
  resource: 'virtualmachinetemplaterequests',
  kind: 'VirtualMachineTemplateRequest',
  namespaced: true,
})

export const virtualMachineSnapshots: Resource<VirtualMachineSnapshot> = resource<VirtualMachineSnapshot>({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  resource: 'virtualmachinesnapshots',
  kind: 'VirtualMachineSnapshot',
  namespaced: true,
})

export const virtualMachineSnapshotContents: Resource<VirtualMachineSnapshotContent> =
  resource<VirtualMachineSnapshotContent>({
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    resource: 'virtualmachinesnapshotcontents',
    kind: 'VirtualMachineSnapshotContent',
    namespaced: true,
  })

export const virtualMachineRestores: Resource<VirtualMachineRestore> = resource<VirtualMachineRestore>({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  resource: 'virtualmachinerestores',
  kind: 'VirtualMachineRestore',
  namespaced: true,
})

export const virtualMachineClones: Resource<VirtualMachineClone> = resource<VirtualMachineClone>({
  apiVersion: 'clone.kubevirt.io/v1beta1',
  resource: 'virtualmachineclones',
  kind: 'VirtualMachineClone',
  namespaced: true,
})

export const volumeSnapshots: Resource<VolumeSnapshot> = resource<VolumeSnapshot>({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  resource: 'volumesnapshots',
  kind: 'VolumeSnapshot',
  namespaced: true,
})

export const volumeSnapshotContents: Resource<VolumeSnapshotContent> = resource<VolumeSnapshotContent>({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  resource: 'volumesnapshotcontents',
  kind: 'VolumeSnapshotContent',
  namespaced: false,
})

export const volumeSnapshotClasses: Resource<VolumeSnapshotClass> = resource<VolumeSnapshotClass>({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  resource: 'volumesnapshotclasses',
  kind: 'VolumeSnapshotClass',
  namespaced: false,
})

export const imageBuilds: Resource<ImageBuild> = resource<ImageBuild>({
  apiVersion: 'berth.dev/v1alpha1',
  resource: 'imagebuilds',
  kind: 'ImageBuild',
  namespaced: true,
})

export const snapshotPolicies: Resource<SnapshotPolicy> = resource<SnapshotPolicy>({
  apiVersion: 'berth.dev/v1alpha1',
  resource: 'snapshotpolicies',
  kind: 'SnapshotPolicy',
  namespaced: true,
})

export const virtualMachineBackups: Resource<VirtualMachineBackup> = resource<VirtualMachineBackup>({
  apiVersion: 'backup.kubevirt.io/v1alpha1',
  resource: 'virtualmachinebackups',
  kind: 'VirtualMachineBackup',
  namespaced: true,
})

export const virtualMachineBackupTrackers: Resource<VirtualMachineBackupTracker> =
  resource<VirtualMachineBackupTracker>({
    apiVersion: 'backup.kubevirt.io/v1alpha1',
    resource: 'virtualmachinebackuptrackers',
    kind: 'VirtualMachineBackupTracker',
    namespaced: true,
  })

export const virtualMachineExports: Resource<VirtualMachineExport> = resource<VirtualMachineExport>({
  apiVersion: 'export.kubevirt.io/v1',
  resource: 'virtualmachineexports',
  kind: 'VirtualMachineExport',
  namespaced: true,
})
