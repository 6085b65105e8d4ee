/** What deleting something of the storage takes with it, what stays, and why it may not be done now. The words are the page's. */

import { isKeptFor } from './source-access.ts'
import type { SnapshotRow, VolumeRow } from './storage-row.ts'

export type DeletionPart =
  /** The data of a volume is gone for good; or stays where an administrator finds it, because its class says so. */
  | { part: 'data-goes' | 'data-stays'; bytes?: number }
  /** A machine that names it does not start any more. */
  | { part: 'machine-needs'; name: string }
  /** It has to be stopped, or the disk detached, before anything is deleted. */
  | { part: 'machine-runs'; name: string }
  | { part: 'snapshots-stay'; count: number }
  /** A Secret or ConfigMap that was typed for it; one that others may need stays. */
  | { part: 'access-goes' | 'access-stays'; name: string }
  /** It is made anew by its machine as long as that names it in its own disks. */
  | { part: 'owner-remakes'; owner: string }
  | { part: 'point-goes'; machine: string }
  | { part: 'merges' }
  | { part: 'newer-stay'; count: number }
  | { part: 'machine-stays'; name: string }

export interface Deletion {
  key: string
  name: string
  namespace: string
  /** Refused as long as it is so. */
  refused?: DeletionPart
  parts: DeletionPart[]
}

export function deletionOfVolume(row: VolumeRow): Deletion {
  const runs = row.users.find(({ running }) => running)
  const parts: DeletionPart[] = [
    {
      part: row.retained === true ? 'data-stays' : 'data-goes',
      ...(row.size === undefined ? {} : { bytes: row.used ?? row.size }),
    },
    ...row.users.map(({ name }): DeletionPart => ({ part: 'machine-needs', name })),
    ...(row.owner === undefined ? [] : [{ part: 'owner-remakes' as const, owner: row.owner }]),
    ...(row.snapshots === 0 ? [] : [{ part: 'snapshots-stay' as const, count: row.snapshots }]),
    ...Object.values(row.fetchedWith ?? {})
      .filter((name) => name !== '')
      .map((name): DeletionPart => ({
        part: isKeptFor(row.name, name) ? 'access-goes' : 'access-stays',
        name,
      })),
  ]
  return {
    key: row.key,
    name: row.name,
    namespace: row.namespace,
    ...(runs === undefined ? {} : { refused: { part: 'machine-runs' as const, name: runs.name } }),
    parts,
  }
}

/** @param all of the same machine, as far as they are known */
export function deletionOfSnapshot(row: SnapshotRow, all: readonly SnapshotRow[]): Deletion {
  const newer = all.filter(
    (other) => other.machine === row.machine && other.namespace === row.namespace && other.created > row.created,
  )
  return {
    key: row.key,
    name: row.name,
    namespace: row.namespace,
    parts: [
      { part: 'point-goes', machine: row.machine },
      ...(newer.length === 0 ? [] : [{ part: 'newer-stay' as const, count: newer.length }]),
      { part: 'machine-stays', name: row.machine },
      { part: 'merges' },
    ],
  }
}
