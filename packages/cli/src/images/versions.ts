/** Published images with their versions, and who was made from them. */

import { dataImportCrons, dataSources, dataVolumes } from '@berth/api'
import type { Client } from '@berth/kube'
import { formatQuantity, quantityFromBytes } from '@berth/meta'
import { imageRows, type ImageRow } from '@berth/view'

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

/** Whoever may not see the disks and schedules of all sees the images all the same. */
export async function imageRowsOf(client: Client, namespace?: string): Promise<ImageRow[]> {
  const scope = namespace === undefined ? {} : { namespace }
  const [sources, disks, crons] = await Promise.all([
    client.list(dataSources, scope),
    client.list(dataVolumes).then(
      ({ items }) => items,
      () => [],
    ),
    client.list(dataImportCrons, scope).then(
      ({ items }) => items,
      () => [],
    ),
  ])
  return imageRows({ cluster: '', dataSources: sources.items, dataVolumes: disks, crons })
}

export async function publishedImages(client: Client, namespace?: string): Promise<PublishedImage[]> {
  const rows = await imageRowsOf(client, namespace)
  return rows.map(published).toSorted((left, right) => (order(left) < order(right) ? -1 : 1))
}

function published(row: ImageRow): PublishedImage {
  const { namespace, name, image, version, size, created, retired, state, description = '', users } = row
  return {
    namespace,
    name,
    version,
    image,
    size: size === undefined ? '' : formatQuantity(quantityFromBytes(size)),
    createdAt: created === 0 ? '' : new Date(created).toISOString(),
    retired,
    ready: state === 'ready',
    description,
    usedBy: users.filter(({ planned }) => !planned).map((user) => `${user.namespace}/${user.name}`),
  }
}

/** By image; its name first, then the newest version. */
function order({ namespace, image, version }: PublishedImage): string {
  const rank = version === undefined ? '' : String(1e9 - version).padStart(10, '0')
  return `${image}\0${namespace}\0${rank}`
}
