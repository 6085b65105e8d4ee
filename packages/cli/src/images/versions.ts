/** Published images with their versions, and who was made from them. */

import {
  dataSources,
  dataVolumes,
  diskSizeAnnotation,
  imageDescriptionAnnotation,
  imageLabel,
  imageRetiredLabel,
  versionOf,
  type DataSource,
} from '@berth/api'
import type { Client } from '@berth/kube'
import { getCondition } from '@berth/meta'

export interface PublishedImage {
  namespace: string
  name: string
  /** Undefined for the name that follows the newest, and for images without versions. */
  version: number | undefined
  /** Of an image without versions, its own name. */
  image: string
  size: string
  createdAt: string
  retired: boolean
  ready: boolean
  description: string
  /** `NAMESPACE/NAME` of disks that were made from it. */
  usedBy: string[]
}

export async function publishedImages(client: Client, namespace?: string): Promise<PublishedImage[]> {
  const scope = namespace === undefined ? {} : { namespace }
  const [sources, disks] = await Promise.all([
    client.list(dataSources, scope),
    // Whoever may not see the disks of all sees the images all the same.
    client.list(dataVolumes).then(
      ({ items }) => items,
      () => [],
    ),
  ])
  const users = new Map<string, string[]>()
  for (const { metadata, spec } of disks) {
    const { sourceRef } = spec
    if (sourceRef === undefined) continue
    const key = `${sourceRef.namespace ?? metadata.namespace ?? ''}/${sourceRef.name}`
    users.set(key, [...(users.get(key) ?? []), `${metadata.namespace ?? ''}/${metadata.name ?? ''}`])
  }
  return sources.items
    .map((source) => published(source, users))
    .toSorted((left, right) => (order(left) < order(right) ? -1 : 1))
}

function published({ metadata, status }: DataSource, users: ReadonlyMap<string, string[]>): PublishedImage {
  const { namespace = '', name = '', labels = {}, annotations = {} } = metadata
  const version = versionOf(labels)
  return {
    namespace,
    name,
    version: version?.version,
    image: version?.image ?? labels[imageLabel] ?? name,
    size: annotations[diskSizeAnnotation] ?? '',
    createdAt: metadata.creationTimestamp ?? '',
    retired: labels[imageRetiredLabel] === 'true',
    ready: getCondition(status?.conditions, 'Ready')?.status !== 'False',
    description: annotations[imageDescriptionAnnotation] ?? '',
    usedBy: users.get(`${namespace}/${name}`) ?? [],
  }
}

/** By image; its name first, then the newest version. */
function order({ namespace, image, version }: PublishedImage): string {
  const rank = version === undefined ? '' : String(1e9 - version).padStart(10, '0')
  return `${image}\0${namespace}\0${rank}`
}
