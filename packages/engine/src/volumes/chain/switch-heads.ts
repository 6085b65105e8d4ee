/**
 * Freezes what volumes hold at one instant: each gets a new empty head on top of the one it had, which nobody writes to any more.
 *
 * In which order, and why: an empty overlay reads as what it lies on, so it is a right head from the moment it is named, whether the
 * running machine has gone over to it yet or not. So: overlays on disk, then the journal, then the records of the volumes, then the
 * machine; and last what relies on the old heads being frozen, the records of the snapshots.
 */

import { EngineError } from '../../errors.ts'
import type { SnapshotOfVolume, SwitchLive } from '../volume-types.ts'
import type { Storage } from '../storage/storage.ts'
import type { StorageSet } from '../storage/storage-set.ts'
import type { Switched, SwitchEntry } from './journal.ts'
import { withOverlay } from './overlay.ts'

export interface Freeze {
  volumes: readonly { volume: string; handle?: SnapshotOfVolume['handle'] }[]
  takenAt: Date
  switchLive?: SwitchLive
}

/** The volumes' turns are held. @throws {EngineError} VolumeInUse, VolumeRefused; and whatever `switchLive` throws */
export async function switchHeads(set: StorageSet, freeze: Freeze): Promise<void> {
  const { volumes, takenAt, switchLive } = freeze
  if (switchLive === undefined) for (const { volume } of volumes) refuseWritten(set, volume)
  await withOverlays(set, volumes, async (switched) => {
    const journal = journalOf(set, switched)
    const entry: SwitchEntry = { kind: 'switch', volumes: [...switched], takenAt: takenAt.toISOString() }
    const name = await journal.beginEntry(entry)
    try {
      await goOver(set, switched, switchLive).catch(async (error: unknown) => {
        await takeBack(set, name, entry)
        throw error
      })
      await record(set, name, entry)
    } finally {
      journal.leaveEntry(name)
    }
  })
}

async function goOver(
  set: StorageSet,
  switched: readonly Switched[],
  switchLive: SwitchLive | undefined,
): Promise<void> {
  // Asked before the names change: what is written now has to be told.
  const live = switched.flatMap(({ volume, storage, overlay, before }) => {
    const at = set.named(storage)
    return at.use(before) === 'written' ? [{ volume, path: at.layout.image(overlay) }] : []
  })
  for (const { storage, volume, overlay } of switched) await set.named(storage).setHead(volume, overlay)
  if (live.length > 0) await switchLive?.(live)
}

function refuseWritten(set: StorageSet, volume: string): void {
  const storage = set.of(volume)
  if (storage.use(storage.record(volume).head) !== 'written') return
  throw new EngineError('VolumeInUse', `a running machine writes to volume "${volume}"`, {
    remedy: 'Stop the machine first.',
  })
}

/** Makes them one inside the other, so that all are kept from being removed until all are named. */
async function withOverlays(
  set: StorageSet,
  volumes: Freeze['volumes'],
  use: (switched: readonly Switched[]) => Promise<void>,
  made: readonly Switched[] = [],
): Promise<void> {
  const [next, ...rest] = volumes
  if (next === undefined) return use(made)
  const { volume, handle } = next
  const storage = set.of(volume)
  const { head: before } = storage.record(volume)
  const { sizeBytes } = await storage.look(before)
  const common = {
    volume,
    storage: storage.layout.name,
    before,
    sizeBytes,
    ...(handle === undefined ? {} : { handle }),
  }
  // Under a running machine, QEMU sees to the counts at the very instant.
  const counts = storage.use(before) === undefined
  await withOverlay(storage, { on: before, sizeBytes, counts }, (overlay) =>
    withOverlays(set, rest, use, [...made, { ...common, overlay }]),
  )
}

/** The data is frozen: it is said so, last. */
async function record(set: StorageSet, name: string, entry: SwitchEntry): Promise<void> {
  for (const { volume, storage, handle, before, sizeBytes } of entry.volumes) {
    if (handle === undefined) continue
    await set.named(storage).setSnapshot(handle, { volume, image: before, sizeBytes, takenAt: entry.takenAt })
  }
  await journalOf(set, entry.volumes).endEntry(name)
}

/**
 * After a failure of which nobody knows whether the machine went over: the old head is taken again only where nothing was written to
 * the new one. Where no machine writes to the old one, and the disk does not take its name because it is full, the new one stays: it is as
 * right, and a layer that a merge removes. The volumes must not be out of service until there is room.
 */
async function takeBack(set: StorageSet, name: string, { volumes }: SwitchEntry): Promise<void> {
  for (const { volume, storage, before, overlay } of volumes) {
    const at = set.named(storage)
    if (at.volumes.get(volume)?.head !== overlay || at.use(overlay) === 'written') continue
    if (!(await at.look(overlay)).isEmpty) continue
    try {
      await at.setHead(volume, before)
    } catch (error) {
      if (!isFull(error) || at.use(before) === 'written') throw error
    }
  }
  await journalOf(set, volumes).endEntry(name)
}

/**
 * What an engine that ended in the middle left. All heads are new and no machine still writes to an old one: the snapshot is whole. Else
 * it never was.
 */
export async function settleSwitch(set: StorageSet, name: string, entry: SwitchEntry): Promise<void> {
  const isWhole = entry.volumes.every(({ volume, storage, before, overlay }) => {
    const at = set.named(storage)
    return at.volumes.get(volume)?.head === overlay && at.use(before) !== 'written'
  })
  if (isWhole) await record(set, name, entry)
  else await takeBack(set, name, entry)
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/** The entry of several storages lies in the first's. */
function journalOf(set: StorageSet, [first]: readonly Switched[]): Storage {
  return set.named(first?.storage)
}
