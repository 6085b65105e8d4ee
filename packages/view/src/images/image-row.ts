/** Published images as rows: what each is made of, how it does, where it came from and who uses it. One for each DataSource. */

import type { Tone } from '../rows/row.ts'

/** On what a DataImportCron makes: its name. CDI's. */
export const cronLabel = 'cdi.kubevirt.io/dataImportCron'

export type ImageOriginKind =
  /** An image of the engine's own host. */
  | 'host'
  | 'build'
  | 'upload'
  /** From an address or a registry. */
  | 'import'
  /** Kept fresh by a schedule. */
  | 'cron'
  /** Of an image in another namespace. */
  | 'copy'
  | 'disk'
  | 'snapshot'
  /** Another name for an image. */
  | 'image'

export interface ImageOrigin {
  kind: ImageOriginKind
  /** The build, file, address, schedule, image or disk. */
  name?: string
}

export type ImageState = 'ready' | 'filling' | 'trouble' | 'missing' | 'deleting'

/** A disk that was made from an image, or will be when its machine starts. */
export interface ImageUser {
  namespace: string
  name: string
  /** It is being copied this moment. */
  filling: boolean
  /** There is none yet. */
  planned: boolean
  machines: string[]
}

/** The disk behind an image, in the image's own namespace. */
export interface ImageDisk {
  name: string
  /** Otherwise a claim alone. */
  dataVolume: boolean
  /** It was made for the image: it goes with it. */
  own: boolean
  /** Machines that use the disk itself. */
  machines: string[]
}

export interface ImageRow {
  /** `cluster/namespace/name`. */
  key: string
  cluster: string
  namespace: string
  name: string
  /** What its versions are called together; its own name where there are none. */
  image: string
  version?: number
  /** Of a name that follows a version: that version's name. */
  follows?: string
  /** The one that its image's name stands for; of an image without versions always. */
  current: boolean
  retired: boolean
  state: ImageState
  tone: Tone
  /** 0 to 1, while it is filled. */
  progress?: number
  /** Why it can't be used, in the server's words. */
  reason?: string
  /** Bytes. */
  size?: number
  /** Milliseconds since 1970. */
  created: number
  description?: string
  origin: ImageOrigin
  disk?: ImageDisk
  /** At most 50. */
  users: ImageUser[]
  userCount: number
  preference?: string
  instancetype?: string
}

/** A schedule that imports an image anew whenever its source has changed. */
export interface FreshRow {
  key: string
  cluster: string
  namespace: string
  name: string
  /** Name of the image it keeps. */
  image: string
  from: string
  /** Cron; empty for never by itself. */
  schedule: string
  keep: number
  /** What it has imported goes with it. */
  takesAlong: boolean
  state: 'fresh' | 'importing' | 'trouble' | 'waiting' | 'deleting'
  tone: Tone
  reason?: string
  progress?: number
  /** Milliseconds since 1970. */
  lastCheck?: number
  lastImport?: number
  nextCheck?: number
  /** Disks it has imported, newest first. */
  imports: { name: string; created: number; current: boolean; size?: number }[]
}

/** An image in the making. */
export interface BuildRow {
  key: string
  cluster: string
  namespace: string
  name: string
  image: string
  /** Where it is published. */
  target: string
  phase: string
  tone: Tone
  over: boolean
  message?: string
  step?: string
  progress?: number
  version?: number
  /** ConfigMap with the log. */
  log?: string
  created: number
  finished?: number
  cancelling: boolean
}

/** Versions of one image in one namespace. */
export interface ImageGroup {
  key: string
  cluster: string
  namespace: string
  image: string
  /** The name that follows the newest, else the image itself. */
  head: ImageRow
  /** Newest first; empty for an image without versions. */
  versions: ImageRow[]
}

/** By image, then namespace. An image whose versions are all that is left has the newest of them as its head. */
export function imageGroups(rows: readonly ImageRow[]): ImageGroup[] {
  const byImage = Map.groupBy(rows, ({ cluster, namespace, image }) => `${cluster}/${namespace}/${image}`)
  const groups = [...byImage].flatMap(([key, of]): ImageGroup[] => {
    const versions = of
      .filter(({ version }) => version !== undefined)
      .toSorted((left, right) => (right.version ?? 0) - (left.version ?? 0))
    const head = of.find(({ version }) => version === undefined) ?? versions[0]
    if (head === undefined) return []
    return [{ key, cluster: head.cluster, namespace: head.namespace, image: head.image, head, versions }]
  })
  return groups.toSorted((left, right) => (order(left) < order(right) ? -1 : 1))
}

const order = ({ cluster, namespace, image }: ImageGroup): string => `${image}\0${cluster}\0${namespace}`

/** Nothing of it is offered for new machines. */
export function isRetired({ head, versions }: ImageGroup): boolean {
  return head.retired && versions.every(({ retired }) => retired)
}
