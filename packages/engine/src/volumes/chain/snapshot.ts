/** Snapshots of several volumes at one instant. */

import { EngineError } from '../../errors.ts'
import { newImageName } from '../storage/layout.ts'
import type { StorageSet } from '../storage/storage-set.ts'
import type { SnapshotOfVolume, SwitchLive } from '../volume-types.ts'
import { copyDisk } from './copy.ts'
import { withStates } from './snapshot-states.ts'
import { switchHeads } from './switch-heads.ts'

/** The volumes' turns are held. */
export async function snapshotVolumes(
  set: StorageSet,
  snapshots: readonly SnapshotOfVolume[],
  { switchLive, takenAt }: { switchLive?: SwitchLive; takenAt: Date },
): Promise<void> {
  const missing = snapshots.filter(
    ({ handle }) => set.findSnapshot(handle) === undefined && set.findFrozenState(handle) === undefined,
  )
  if (missing.length === 0) return
  if (new Set(missing.map(({ volume }) => volume)).size < missing.length)
    throw new EngineError('VolumeRefused', 'a volume can be in one snapshot at an instant only')
  const isState = ({ volume }: SnapshotOfVolume): boolean => set.isState(volume)
  const disks = missing.filter((entry) => !isState(entry))
  const rest = (): Promise<void> =>
    snapshotDisks(set, disks, { takenAt, ...(switchLive === undefined ? {} : { switchLive }) })
  await withStates(set, missing.filter(isState), { takenAt, rest })
}

async function snapshotDisks(
  set: StorageSet,
  disks: readonly SnapshotOfVolume[],
  { switchLive, takenAt }: { switchLive?: SwitchLive; takenAt: Date },
): Promise<void> {
  const isShared = ({ volume }: SnapshotOfVolume): boolean => set.of(volume).record(volume).shared
  const shared = disks.filter(isShared)
  for (const { volume } of shared) {
    const storage = set.of(volume)
    if (storage.use(storage.record(volume).head) === 'written')
      throw new EngineError('VolumeInUse', `machines share volume "${volume}", of which they write to one image`, {
        remedy: 'A snapshot can be taken when all of them are stopped.',
      })
  }
  for (const { volume, handle } of shared) await copyAside(set, volume, handle, takenAt)
  const others = disks.filter((entry) => !isShared(entry))
  if (others.length > 0)
    await switchHeads(set, { volumes: others, takenAt, ...(switchLive === undefined ? {} : { switchLive }) })
}

/** Nobody writes to it, and nobody starts to while its turn is held. */
async function copyAside(set: StorageSet, volume: string, handle: string, takenAt: Date): Promise<void> {
  const storage = set.of(volume)
  const { head } = storage.record(volume)
  const { sizeBytes } = await storage.look(head)
  const source = { path: storage.layout.image(head), format: 'raw' as const, backing: [] }
  await storage.withImage(
    newImageName('raw'),
    (path) => copyDisk({ source, target: { path, format: 'raw' }, sizeBytes }),
    (image) => storage.setSnapshot(handle, { volume, image, sizeBytes, takenAt: takenAt.toISOString() }),
  )
}
