/** Snapshots of volumes that keep a folder, together with those of disks. */

import { freezeState, removeFrozenState } from '../storage/frozen-states.ts'
import type { StorageSet } from '../storage/storage-set.ts'
import type { SnapshotOfVolume } from '../volume-types.ts'

/**
 * All or nothing, with what `rest` does: at the same moment, as the guest holds its writers. An engine that ends in between leaves some of
 * a group, which whoever takes the group again removes.
 */
export async function withStates(
  set: StorageSet,
  states: readonly SnapshotOfVolume[],
  { takenAt, rest }: { takenAt: Date; rest: () => Promise<void> },
): Promise<void> {
  try {
    for (const { volume, handle } of states) await freezeState(set.of(volume), { volume, handle, takenAt })
    await rest()
  } catch (error) {
    for (const { volume, handle } of states) await removeFrozenState(set.of(volume), handle)
    throw error
  }
}
