/** What a client expects to find on a cluster with KubeVirt and CDI, made when missing. */

import {
  type CdiConfig,
  type KubeVirt,
  cdiConfigs,
  imageBuildNamespace,
  kubeVirts,
  templateNamespace,
  volumeSnapshotClasses,
} from '@berth/api'
import { deepEqual } from '@berth/meta'
import { namespaces, storageClasses, type Client, type Namespace } from '@berth/kube'
import { writeInstalledStatus } from '../configuration/keep-status.ts'
import { localSnapshotClass } from '../snapshots/snapshot-class.ts'
import { imageNamespace } from '../volumes/image-publisher.ts'
import { classesOf, localClass } from '../volumes/storage-class.ts'
import { defaultClusterRoleBindings, imageBindings, templateBinding } from './cluster-roles.ts'
import { consoleBindings } from './console-roles.ts'
import { ensure } from './ensure.ts'
import type { Installation } from './kubevirt-status.ts'
import { clusterRoleBindings, roleBindings } from './rbac-kinds.ts'

/** Where KubeVirt's own objects live. */
export const kubevirtNamespace = 'kubevirt'

/** @param storages names of those on this host */
export async function ensureClusterObjects(
  client: Client,
  installation: Installation,
  storages: readonly string[],
): Promise<void> {
  for (const name of [kubevirtNamespace, imageNamespace, imageBuildNamespace, templateNamespace])
    await ensure(client, namespaces, namespaceObject(name))
  for (const binding of [...defaultClusterRoleBindings, ...consoleBindings])
    await ensure(client, clusterRoleBindings, binding)
  for (const binding of imageBindings(imageNamespace)) await ensure(client, roleBindings, binding)
  await ensure(client, roleBindings, templateBinding(templateNamespace))
  for (const storageClass of classesOf(storages)) await ensure(client, storageClasses, storageClass)
  await ensure(client, volumeSnapshotClasses, localSnapshotClass)
  await ensureCdiConfig(client)
  await ensureKubeVirt(client, installation)
}

function namespaceObject(name: string): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

async function ensureCdiConfig(client: Client): Promise<void> {
  const wanted: CdiConfig = {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'CDIConfig',
    metadata: { name: 'config' },
    spec: {},
  }
  const current = await ensure(client, cdiConfigs, wanted)
  // Disks are files of their full size here, not file systems with a loss; what they grow by is not kept for them.
  const status = { filesystemOverhead: { global: '0' }, scratchSpaceStorageClass: localClass, preallocation: false }
  if (deepEqual({ ...current.status, ...status }, current.status)) return
  await client.update(cdiConfigs, { ...current, status: { ...current.status, ...status } })
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
