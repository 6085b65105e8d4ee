/** Objects that the page of images asks for, from what a person said. */

import {
  baseImageNamespace,
  defaultLabels,
  diskSizeAnnotation,
  imageBuildNamespace,
  imageCopyAnnotation,
  imageDescriptionAnnotation,
  imageLabel,
  imageRetiredLabel,
  imageSourceAnnotation,
  imageVersionLabel,
  versionName,
  type DataImportCron,
  type DataSource,
  type DataVolume,
} from '@berth/api'
import type { JsonObject, KubeObject } from '@berth/meta'
import { newDisk, type DiskSource } from '../storage/storage-wishes.ts'
import type { ImageRow } from './image-row.ts'

/** Disks of images are made when they are asked for, not when a machine wants them. */
const immediately = { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' }

export interface ImageWish {
  namespace: string
  image: string
  version: number
  /** A quantity; that of the source unless given, where that has one. */
  size?: string
  class?: string
  source: Exclude<DiskSource, { kind: 'blank' }>
  description?: string
  /** What machines made from it get. */
  preference?: string
}

export interface NewImage {
  disk: DataVolume
  /** Names the disk from the begin, and says itself when it is whole. */
  version: DataSource
  /** The name that follows the newest. */
  head: DataSource
}

export function newImage(wish: ImageWish): NewImage {
  const { namespace, image, version, source, size, description, preference } = wish
  const name = versionName(image, version)
  const labels = { [imageLabel]: image, [imageVersionLabel]: String(version) }
  const { spec } = newDisk({ namespace, name, size: size ?? '', source, ...only('class', wish.class) })
  const annotations = {
    ...noteOf(source),
    ...only(diskSizeAnnotation, size),
    ...only(imageDescriptionAnnotation, description),
  }
  const defaults = only(defaultLabels.preference, preference)
  const dataSource = (of: string, own: Record<string, string>): DataSource => ({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataSource',
    metadata: { name: of, namespace, labels: { ...own, ...defaults }, annotations },
    spec: { source: { pvc: { namespace, name } } },
  })
  return {
    disk: {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name, namespace, labels, annotations: { ...immediately } },
      spec: size === undefined ? { ...spec, storage: only('storageClassName', wish.class) } : spec,
    },
    version: dataSource(name, labels),
    head: dataSource(image, { [imageLabel]: image }),
  }
}

/** What the image is told to have come from. */
function noteOf(source: ImageWish['source']): Record<string, string> {
  switch (source.kind) {
    case 'image':
      return { [imageCopyAnnotation]: `${source.namespace}/${source.name}` }
    case 'pvc':
    case 'snapshot':
      return { [imageSourceAnnotation]: `${source.namespace}/${source.name}` }
    case 'http':
    case 's3':
    case 'registry':
      // Addresses may have a password in them, and whoever may use an image reads this.
      return {
        [imageSourceAnnotation]: source.url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1').replace(/\?.*$/s, ''),
      }
  }
}

/** A copy in another namespace, for those who may use that one. The image stays where it is. */
export function publishedCopy(row: ImageRow, to: { namespace: string; version: number }): NewImage {
  const { namespace, name, image, description, preference } = row
  return newImage({
    ...to,
    image,
    source: { kind: 'image', namespace, name },
    ...only('description', description),
    ...only('preference', preference),
  })
}

/** Merge patch of an image's name: from here on it stands for that version. */
export function standFor({ namespace, name }: Pick<ImageRow, 'namespace' | 'name'>): JsonObject {
  return { spec: { source: { pvc: { namespace, name }, snapshot: null, dataSource: null } } }
}

/** Merge patch: lists for new machines leave it out, or have it again. */
export function retirement(retired: boolean): JsonObject {
  return { metadata: { labels: { [imageRetiredLabel]: retired ? 'true' : null } } }
}

/** Lists for new machines leave these out. */
export function isRetiredImage({ metadata }: Readonly<KubeObject>): boolean {
  return metadata.labels?.[imageRetiredLabel] === 'true'
}

/**
 * Where a build is made whose image is to lie in a namespace: what all may use is built where only administrators may look, since the
 * disk of a build has secrets on it until it is sealed.
 */
export function buildPlace(target: string): { namespace: string; publish?: string } {
  return target === baseImageNamespace
    ? { namespace: imageBuildNamespace, publish: baseImageNamespace }
    : { namespace: target }
}

/** @param suffix that nobody else takes, of five letters: names of what a build makes are made from its own */
export function buildName(image: string, suffix: string): string {
  return `${image.slice(0, 38)}-${suffix}`
}

/** What ImageBuild takes for the name of an image: its versions and their disks are named by it. */
export function isImageName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(text)
}

export interface FreshWish {
  namespace: string
  /** Of the schedule, and of the image it keeps. */
  name: string
  image: string
  /** Cron's five fields. */
  schedule: string
  keep: number
  size: string
  class?: string
  source:
    | { kind: 'registry'; url: string; secret?: string; certificates?: string }
    | { kind: 'pvc'; namespace: string; name: string }
  /** What it imports goes with it. */
  takesAlong: boolean
  preference?: string
}

export function newFresh(wish: FreshWish): DataImportCron {
  const { namespace, name, image, schedule, keep, size, source, takesAlong } = wish
  const { spec } = newDisk({ namespace, name, size, source, ...only('class', wish.class) })
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataImportCron',
    metadata: { name, namespace, labels: only(defaultLabels.preference, wish.preference) },
    spec: {
      schedule,
      managedDataSource: image,
      importsToKeep: keep,
      garbageCollect: 'Outdated',
      retentionPolicy: takesAlong ? 'None' : 'RetainAll',
      template: { spec },
    },
  }
}

function only<Key extends string>(
  key: Key,
  value: string | undefined,
): { [K in Key]?: string } & Record<string, string> {
  // A computed key widens to an index signature; there is only this one.
  return (value === undefined || value === '' ? {} : { [key]: value }) as { [K in Key]?: string } & Record<
    string,
    string
  >
}
