/** Takes away what a build made for itself, and versions that are no longer kept. */

import {
  dataSources,
  dataVolumes,
  imageBuildAnnotation,
  imageBuildLabel,
  imageLabel,
  imageVersionLabel,
  versionOf,
  virtualMachineInstances,
  type DataVolume,
} from '@berth/api'
import { secrets, type Client } from '@berth/kube'
import { unlessMissing, type KubeObject, type Resource } from '@berth/meta'
import { workName } from './builder.ts'
import { buildKey, mayChange, targetNamespace } from './published.ts'
import type { Build } from './world.ts'

/** The machine, and the secret with the script; the disk stays. */
export async function removeBuilder(client: Client, build: Build): Promise<void> {
  await removeOwn(client, build, virtualMachineInstances)
  await removeOwn(client, build, secrets)
}

/** All but the log. */
export async function removeAll(client: Client, build: Build): Promise<void> {
  await removeBuilder(client, build)
  await removeOwn(client, build, dataVolumes)
  await removeUnpublished(client, buildKey(build.metadata))
}

/**
 * Disks of versions that were never published: nobody can have used them. Once one is, it has lost the label, and is nothing of the
 * build's any more.
 */
export async function removeUnpublished(client: Client, key: string): Promise<void> {
  const disks = await client.list(dataVolumes, { labelSelector: `${imageBuildLabel},${imageVersionLabel}` })
  for (const disk of disks.items) {
    if (disk.metadata.annotations?.[imageBuildAnnotation] !== key) continue
    const { namespace = '', name = '' } = disk.metadata
    const published = await unlessMissing(client.get(dataSources, { namespace, name }))
    if (published === undefined) await remove(client, dataVolumes, disk)
  }
}

/** Beyond the newest so many; versions that a disk is being made from this moment wait for the next build. */
export async function removeOldVersions(client: Client, build: Build): Promise<void> {
  const { keepVersions, publish } = build.spec
  if (keepVersions === undefined) return
  const scope = { namespace: targetNamespace(build), labelSelector: `${imageLabel}=${publish.name}` }
  const sources = await client.list(dataSources, scope)
  const disks = await client.list(dataVolumes, scope)
  const numbers = [...sources.items, ...disks.items].map(({ metadata }) => versionOf(metadata.labels)?.version ?? 0)
  const newest = [...new Set(numbers.filter((number) => number > 0 && number <= (build.status.version ?? 0)))]
    .toSorted((left, right) => right - left)
    .slice(0, keepVersions)
  const oldest = newest.at(-1) ?? 0
  const isOld = (object: KubeObject): boolean =>
    mayChange(build, object) && (versionOf(object.metadata.labels)?.version ?? oldest) < oldest
  const all = await client.list(dataVolumes)
  for (const source of sources.items.filter(isOld)) {
    if (!all.items.some((disk) => isFilledFrom(disk, source))) await remove(client, dataSources, source)
  }
  for (const disk of disks.items.filter(isOld)) {
    if (!all.items.some((other) => isFilledFrom(other, disk))) await remove(client, dataVolumes, disk)
  }
}

/** While a disk is filled its source has to stay; afterwards it has all it needs. */
export function isFilledFrom({ metadata, spec, status }: Readonly<DataVolume>, source: Readonly<KubeObject>): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false
  const { name, namespace } = source.metadata
  const { sourceRef, source: given } = spec
  if (sourceRef?.name === name && (sourceRef?.namespace ?? metadata.namespace) === namespace) return true
  return given?.pvc?.name === name && given?.pvc?.namespace === namespace
}

async function removeOwn<T extends KubeObject>(client: Client, build: Build, resource: Resource<T>): Promise<void> {
  const target = { namespace: build.metadata.namespace ?? '', name: workName(build) }
  const there = await unlessMissing(client.get(resource, target))
  if (there === undefined || there.metadata.deletionTimestamp !== undefined) return
  if (there.metadata.ownerReferences?.some(({ uid }) => uid === build.metadata.uid) !== true) return
  await remove(client, resource, there)
}

async function remove<T extends KubeObject>(client: Client, resource: Resource<T>, { metadata }: T): Promise<void> {
  const { namespace = '', name = '' } = metadata
  await unlessMissing(client.delete(resource, { namespace, name }))
}
