/** A volume goes back to one of its snapshots. */

import { EngineError } from '../../errors.ts'
import { newImageName } from '../storage/layout.ts'
import type { StorageSet } from '../storage/storage-set.ts'
import { chainOf } from './chain.ts'
import { copyDisk } from './copy.ts'
import { withOverlay } from './overlay.ts'

/** The volume's turn is held. What its head was is garbage from the moment the new one is named, and whole until then. */
export async function revertVolume(set: StorageSet, volume: string, handle: string): Promise<void> {
  const storage = set.of(volume)
  const { head, shared } = storage.record(volume)
  if (storage.use(head) !== undefined)
    throw new EngineError('VolumeInUse', `a running machine uses volume "${volume}"`, {
      remedy: 'Stop the machine first.',
    })
  const found = set.snapshot(handle)
  if (found.storage !== storage)
    throw new EngineError('VolumeRefused', `snapshot "${handle}" lies in another storage than volume "${volume}"`)
  const { image } = found.record
  // A volume that has grown since stays that large.
  const sizeBytes = Math.max(found.record.sizeBytes, (await storage.look(head)).sizeBytes)
  await storage.pinned([image], async () => {
    if (!shared) return withOverlay(storage, { on: image, sizeBytes }, (file) => storage.setHead(volume, file))
    const source = await chainOf(storage, image)
    await storage.withImage(
      newImageName('raw'),
      (path) => copyDisk({ source, target: { path, format: 'raw' }, sizeBytes }),
      (file) => storage.setHead(volume, file),
    )
  })
}
