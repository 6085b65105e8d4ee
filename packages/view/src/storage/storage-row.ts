/** Flat rows of the storage pages. Each table has its own kind of row; all of them are found, sorted and drawn alike. */

import type { Tone } from '../rows/row.ts'

export type StorageTable = 'volumes' | 'snapshots' | 'classes' | 'policies'

export const storageTables = ['volumes', 'snapshots', 'classes', 'policies'] as const satisfies readonly StorageTable[]

interface BaseRow {
  /** `cluster/table/namespace/name`; kinds without a namespace have the empty text. */
  key: string
  cluster: string
  namespace: string
  name: string
  uid: string
  /** The API's own word; the page has a friendlier one for those it knows. */
  status: string
  tone: Tone
  /** Why it needs attention, in the server's words. */
  reason?: string
  /** Milliseconds since 1970. */
  created: number
  labels: Record<string, string>
  deleting: boolean
}

/** A machine that a volume belongs to. */
export interface VolumeUser {
  name: string
  /** It runs now. */
  running: boolean
}

export interface VolumeRow extends BaseRow {
  table: 'volumes'
  /** Which objects stand for it: a DataVolume may have no claim yet, a claim no DataVolume. */
  claim: boolean
  dataVolume: boolean
  /** Bytes: what it has, or asks for. */
  size?: number
  /** Bytes it asks for, while that is more than it has. */
  growingTo?: number
  /** Bytes it takes on the storage, where that is known. */
  used?: number
  class?: string
  /** Of its class: may it be made larger? Undefined where that is not known. */
  expandable?: boolean
  /** Of its class: its data stay when it is deleted. */
  retained?: true
  /** 0 to 1, while it is being filled. */
  progress?: number
  /** What it is filled from: `http`, `registry`, `pvc`, `blank` … */
  source?: string
  /** Of that: the address, the image, the claim. */
  sourceName?: string
  restarts?: number
  mode: string
  access: string[]
  users: VolumeUser[]
  /** Snapshots of it that are there. */
  snapshots: number
  /** It goes with this object. */
  owner?: string
  /** Names of the Secret and the ConfigMap that its source is fetched with; empty where there is none. */
  fetchedWith?: { secret: string; certificates: string }
}

export interface SnapshotRow extends BaseRow {
  table: 'snapshots'
  /** The machine it was taken of. */
  machine: string
  /** That machine is still there. */
  machineThere: boolean
  policy?: string
  note?: string
  ready: boolean
  indications: string[]
  /** Bytes to restore, of all its volumes. */
  size?: number
  included: string[]
  excluded: string[]
  /** When it was put back into its own machine: milliseconds since 1970. */
  restored: number[]
  deadline?: string
}

export interface ClassRow extends BaseRow {
  table: 'classes'
  provisioner: string
  isDefault: boolean
  isVirtDefault: boolean
  expandable: boolean
  binding: string
  reclaim: string
  /** Bytes. */
  free?: number
  total?: number
  /** Bytes that volumes of it were promised; thin ones may be promised more than there is. */
  provisioned: number
  /** Bytes promised to volumes of the storage below, of all its classes, and what there is for them at most. */
  promised?: number
  room?: number
  /** The one against the other: 1.2 is a fifth too much. Undefined where nobody says how much there is. */
  commitment?: number
  volumes: number
  modes: string[]
  cloneStrategy?: string
  snapshotClass?: string
}

export interface PolicyRow extends BaseRow {
  table: 'policies'
  /** Cron, or `every 4h`. */
  schedule: string
  window?: string
  keepCount?: number
  keepDays?: number
  suspended: boolean
  /** Milliseconds since 1970. */
  lastRun?: number
  nextRun?: number
  machines: string[]
  snapshots: number
}

export interface StorageRows {
  volumes: VolumeRow
  snapshots: SnapshotRow
  classes: ClassRow
  policies: PolicyRow
}

export type StorageRow = StorageRows[StorageTable]

export function storageKey(
  table: StorageTable,
  { cluster, namespace = '', name }: { cluster: string; namespace?: string | undefined; name: string },
): string {
  return `${cluster}/${table}/${namespace}/${name}`
}
