/** What the source of a DataImportCron is now, in one word that changes when it does. */

import type { DataImportCron } from '@berth/api'
import { persistentVolumeClaims } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'
import { imageOf } from '../sources/fetch-image.ts'
import { pullSettings } from '../sources/secrets.ts'

/**
 * @returns `sha256:…` of an image, `uid:…` of a claim
 * @throws {ImagingError} as `ContainerImages.digest`
 * @throws {EngineError} MissingDependency, ImportRefused
 */
export async function sourceDigest(cron: Readonly<DataImportCron>, services: EngineServices): Promise<string> {
  const { client, containerImages, importRules } = services
  const { registry, pvc } = cron.spec.template.spec.source ?? {}
  const namespace = cron.metadata.namespace ?? ''
  if (registry !== undefined) {
    const image = imageOf(registry.url)
    const settings = await pullSettings({ client, namespace, importRules }, { ...registry, image })
    return containerImages.images.digest({ image, ...settings })
  }
  const name = pvc?.name ?? ''
  const claim = await unlessMissing(
    client.get(persistentVolumeClaims, { namespace: pvc?.namespace ?? namespace, name }),
  )
  if (claim?.metadata.uid !== undefined) return `uid:${claim.metadata.uid}`
  throw new EngineError('MissingDependency', `PersistentVolumeClaim "${pvc?.namespace ?? ''}/${name}" is not there`)
}
