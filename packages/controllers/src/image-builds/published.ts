/** Objects that a published image consists of: DataSource and disk of each version, and a DataSource that follows the newest. */

import {
  defaultLabels,
  diskSizeAnnotation,
  imageBuildAnnotation,
  imageBuildLabel,
  imageDescriptionAnnotation,
  imageLabel,
  imageVersionLabel,
  versionName,
  type DataSource,
  type DataVolume,
} from '@berth/api'
import { keyFor } from '@berth/kube'
import type { KubeObject, ObjectMeta } from '@berth/meta'
import { immediately, storageOf, workName } from './builder.ts'
import type { Build } from './world.ts'

export function targetNamespace(build: Build): string {
  return build.spec.publish.namespace ?? build.metadata.namespace ?? ''
}

/**
 * Whether what lies under an image's name is for this build to change. In another namespace its service account may make things, which
 * is no right to change or delete what others have published there.
 */
export function mayChange(build: Build, { metadata }: KubeObject): boolean {
  const own = build.metadata.namespace ?? ''
  return targetNamespace(build) === own || metadata.annotations?.[imageBuildAnnotation]?.split('/')[0] === own
}

export function buildKey({ namespace, name = '' }: ObjectMeta): string {
  return keyFor(namespace, name)
}

/** A copy of the disk the build worked on; where the storage can, one that shares all that is equal. */
export function versionDisk(build: Build, version: number): DataVolume {
  const image = build.spec.publish.name
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      name: versionName(image, version),
      namespace: targetNamespace(build),
      labels: {
        [imageLabel]: image,
        [imageVersionLabel]: String(version),
        // Until it is published.
        [imageBuildLabel]: build.metadata.name ?? '',
      },
      annotations: { ...immediately, [imageBuildAnnotation]: buildKey(build.metadata) },
    },
    spec: {
      source: { pvc: { namespace: build.metadata.namespace ?? '', name: workName(build) } },
      storage: storageOf(build.spec),
    },
  }
}

/** @param version that it is of; undefined for the one that follows the newest */
export function publishedSource(
  build: Build,
  { name, claim, version, size }: { name: string; claim: string; version?: number; size: string | undefined },
): DataSource {
  const { publish } = build.spec
  const namespace = targetNamespace(build)
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataSource',
    metadata: {
      name,
      namespace,
      labels: {
        [imageLabel]: publish.name,
        ...(version === undefined ? {} : { [imageVersionLabel]: String(version) }),
        ...defaultsOf(build),
      },
      annotations: {
        [imageBuildAnnotation]: buildKey(build.metadata),
        ...(size === undefined ? {} : { [diskSizeAnnotation]: size }),
        ...(publish.description === undefined ? {} : { [imageDescriptionAnnotation]: publish.description }),
      },
    },
    spec: { source: { pvc: { namespace, name: claim } } },
  }
}

function defaultsOf({ spec }: Build): Record<string, string> {
  const { instancetype, preference } = spec.publish
  const labels: Record<string, string> = {}
  if (instancetype !== undefined) labels[defaultLabels.instancetype] = instancetype.name
  if (instancetype?.kind !== undefined) labels[defaultLabels.instancetypeKind] = instancetype.kind
  if (preference !== undefined) labels[defaultLabels.preference] = preference.name
  if (preference?.kind !== undefined) labels[defaultLabels.preferenceKind] = preference.kind
  return labels
}
