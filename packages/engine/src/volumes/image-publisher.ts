/** Shows the images of this host as DataSources in one namespace, so that manifests name them as they would on a cluster. */

import { watch } from 'node:fs'
import { messageOf } from '@berth/base'
import { formatQuantity, quantityFromBytes, StatusError } from '@berth/meta'
import { type DataSource, dataSources } from '@berth/api'
import type { Client } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import type { ImageLibrary } from './image-library.ts'

/** A build makes many changes in its folder; the last one counts. */
const settleMs = 500

/** Readable by everyone who is signed in. */
export const imageNamespace = 'berth-images'

/** Published now, and again whenever `berth image build` or `remove` changes what is there; the returned function ends that. */
export async function watchImages({ client, images, paths, logger, clock }: EngineServices): Promise<() => void> {
  const publish = (): Promise<void> =>
    publishImages(client, images).catch((error: unknown) =>
      logger.warn({ error: messageOf(error) }, 'images not published'),
    )
  let cancel: () => void = () => {}
  const watcher = watch(paths.images, () => {
    cancel()
    cancel = clock.after(settleMs, () => void publish())
  })
  watcher.on('error', (error) => logger.warn({ error: messageOf(error) }, 'images are not watched any more'))
  await publish()
  return () => {
    cancel()
    watcher.close()
  }
}

async function publishImages(client: Client, library: ImageLibrary): Promise<void> {
  const images = await library.list()
  const all = await client.list(dataSources, { namespace: imageNamespace })
  // Others name a disk: versions that image builds have published.
  const published = all.items.filter(({ spec }) => Object.keys(spec.source).length === 0)
  for (const image of images) {
    const known = all.items.find((entry) => entry.metadata.name === image.name)
    const size = formatQuantity(quantityFromBytes(image.virtualSizeBytes))
    const annotations = { 'berth.dev/disk-size': size }
    if (known === undefined) {
      await client.create(dataSources, {
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataSource',
        metadata: { namespace: imageNamespace, name: image.name, annotations },
        spec: { source: {} },
      })
    } else if (published.includes(known) && known.metadata.annotations?.['berth.dev/disk-size'] !== size) {
      await client.update(dataSources, {
        ...known,
        metadata: { ...known.metadata, annotations: { ...known.metadata.annotations, ...annotations } },
      })
    }
  }
  const gone = published.filter((entry) => !images.some((image) => image.name === entry.metadata.name))
  for (const entry of gone) await removeDataSource(client, entry)
}

async function removeDataSource(client: Client, entry: DataSource): Promise<void> {
  try {
    await client.delete(dataSources, { namespace: imageNamespace, name: entry.metadata.name ?? '' })
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
  }
}
