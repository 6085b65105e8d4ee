/** What a DataImportCron makes: disks named by the digest of their source, and the DataSource that names the newest. Pure. */

import type { DataImportCron, DataSource, DataVolume } from '@berth/api'
import { referenceOf } from './owner.ts'

/** On all that a cron makes. */
export const cronLabel = 'cdi.kubevirt.io/dataImportCron'
/** On a disk: when it was last the one to be used. */
export const lastUseAnnotation = 'cdi.kubevirt.io/storage.import.lastUseTime'
export const nextCronAnnotation = 'cdi.kubevirt.io/storage.import.nextCronTime'
export const digestAnnotation = 'cdi.kubevirt.io/storage.import.sourceDesiredDigest'
const bindAnnotation = 'cdi.kubevirt.io/storage.bind.immediate.requested'

const digestLength = 12
const maxName = 253

/**
 * @param digest `sha256:…` of an image, or `uid:…` of a claim
 */
export function importName({ spec }: Readonly<DataImportCron>, digest: string): string {
  const part = digest.slice(digest.indexOf(':') + 1).slice(0, digestLength)
  return `${spec.managedDataSource.slice(0, maxName - digestLength - 1)}-${part}`
}

/** The disk of one state of the source. An image is named by its digest: it must be the one that was seen. */
export function importOf(cron: Readonly<DataImportCron>, digest: string, now: Date): DataVolume {
  const { metadata = {}, spec } = cron.spec.template
  const { registry } = spec.source ?? {}
  const pinned =
    registry?.url === undefined
      ? spec
      : { ...spec, source: { registry: { ...registry, url: pin(registry.url, digest) } } }
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      ...namespaceOf(cron),
      name: importName(cron, digest),
      labels: { ...metadata.labels, ...instancetypeLabels(cron), [cronLabel]: cron.metadata.name ?? '' },
      annotations: { ...metadata.annotations, [bindAnnotation]: 'true', [lastUseAnnotation]: now.toISOString() },
      ...ownersOf(cron),
    },
    spec: pinned,
  }
}

/** `docker://host/name:tag` at this digest; what already has one stays. */
function pin(url: string, digest: string): string {
  if (url.includes('@')) return url
  return `${url.replace(/(\/[^/:]+):[^/:]+$/, '$1')}@${digest}`
}

export function managedSource(cron: Readonly<DataImportCron>): DataSource {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataSource',
    metadata: {
      ...namespaceOf(cron),
      name: cron.spec.managedDataSource,
      labels: { ...instancetypeLabels(cron), [cronLabel]: cron.metadata.name ?? '' },
      ...ownersOf(cron),
    },
    spec: { source: {} },
  }
}

/** With retention policy None they go with the cron. */
function ownersOf(cron: Readonly<DataImportCron>): Pick<DataVolume['metadata'], 'ownerReferences'> {
  return cron.spec.retentionPolicy === 'None' ? { ownerReferences: [referenceOf(cron)] } : {}
}

function namespaceOf({ metadata }: Readonly<DataImportCron>): { namespace?: string } {
  return metadata.namespace === undefined ? {} : { namespace: metadata.namespace }
}

/** Which machines suit the disk goes on to what is made from it. */
function instancetypeLabels({ metadata }: Readonly<DataImportCron>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata.labels ?? {}).filter(([name]) => name.startsWith('instancetype.kubevirt.io/default-')),
  )
}
