/** What a client expects to find on a cluster with KubeVirt and CDI, made when missing. */

import {
  type CdiConfig,
  type KubeVirt,
  type StorageProfile,
  cdiConfigs,
  kubeVirts,
  storageProfiles,
  templateNamespace,
  volumeSnapshotClasses,
} from '@berth/api'
import { namespaces, storageClasses, type Client, type Namespace } from '@berth/kube'
import { writeInstalledStatus } from '../configuration/keep-status.ts'
import { localSnapshotClass } from '../snapshots/snapshot-class.ts'
import { imageNamespace } from '../volumes/image-publisher.ts'
import { localClass, localStorageClass } from '../volumes/storage-class.ts'
import { defaultClusterRoleBindings, imageBinding, templateBinding } from './cluster-roles.ts'
import { consoleBindings } from './console-roles.ts'
import { ensure } from './ensure.ts'
import type { Installation } from './kubevirt-status.ts'
import { clusterRoleBindings, roleBindings } from './rbac-kinds.ts'

/** Where KubeVirt's own objects live. */
export const kubevirtNamespace = 'kubevirt'

export async function ensureClusterObjects(client: Client, installation: Installation): Promise<void> {
  for (const name of [kubevirtNamespace, imageNamespace, templateNamespace])
    await ensure(client, namespaces, namespaceObject(name))
  for (const binding of [...defaultClusterRoleBindings, ...consoleBindings])
    await ensure(client, clusterRoleBindings, binding)
  await ensure(client, roleBindings, imageBinding(imageNamespace))
  await ensure(client, roleBindings, templateBinding(templateNamespace))
  await ensure(client, storageClasses, localStorageClass)
  await ensure(client, volumeSnapshotClasses, localSnapshotClass)
  await ensureStorageProfile(client)
  await ensureCdiConfig(client)
  await ensureKubeVirt(client, installation)
}

function namespaceObject(name: string): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

async function ensureStorageProfile(client: Client): Promise<void> {
  const claimPropertySets: NonNullable<StorageProfile['spec']['claimPropertySets']> = [
    { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' },
  ]
  const profile = await ensure(client, storageProfiles, {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'StorageProfile',
    metadata: { name: localClass },
    spec: {},
  })
  if (profile.status?.storageClass === localClass) return
  await client.updateStatus(storageProfiles, {
    ...profile,
    status: {
      storageClass: localClass,
      provisioner: localStorageClass.provisioner,
      claimPropertySets,
      cloneStrategy: 'copy',
    },
  })
}

async function ensureCdiConfig(client: Client): Promise<void> {
  await ensure<CdiConfig>(client, cdiConfigs, {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'CDIConfig',
    metadata: { name: 'config' },
    spec: {},
    // Disks are files of their full size here, not file systems with a loss.
    status: { filesystemOverhead: { global: '0' }, scratchSpaceStorageClass: localClass },
  })
}

/** Its status says that the configuration is in force, which it is from here on. */
async function ensureKubeVirt(client: Client, installation: Installation): Promise<void> {
  const current = await ensure<KubeVirt>(client, kubeVirts, {
    apiVersion: 'kubevirt.io/v1',
    kind: 'KubeVirt',
    metadata: { name: 'kubevirt', namespace: kubevirtNamespace },
    // Clients patch below the configuration and expect it to be there, as it is in KubeVirt's own manifest.
    spec: { configuration: {} },
  })
  await writeInstalledStatus(client, current, installation)
}
