/** A blank volume gets what somebody sent for it. */

import { openDiskReader, resizeImage } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import { newImageName } from '../storage/layout.ts'
import type { Storage } from '../storage/storage.ts'
import { volumeKey } from '../storage/keys.ts'
import type { StorageSet } from '../storage/storage-set.ts'
import type { DiskImages, ReplaceRequest } from '../volume-types.ts'
import { chainOf } from './chain.ts'

/** Bytes; qemu-img allocates the first block of a new raw image, and of one that takes more than this somebody has written to it. */
const blankRawBytes = 64 * 1024

/**
 * The new image is filled while the volume may still be used, and is garbage until the record names it. Whether the volume is still blank
 * and unused is looked at when its turn is held, in which no machine can start with it; so is the one write that makes the new head count.
 */
export async function replaceBlank(
  set: StorageSet,
  volume: string,
  fill: (request: ReplaceRequest) => Promise<unknown>,
): Promise<void> {
  const storage = set.of(volume)
  const { head, format } = storage.record(volume)
  await refuseUnlessBlank(storage, volume)
  const { sizeBytes } = await storage.look(head)
  await storage.withImage(
    newImageName(format),
    (path) => fill({ path, format, sizeBytes }),
    (file) =>
      set.alone([volumeKey(volume)], async () => {
        await refuseUnlessBlank(storage, volume)
        const made = await storage.look(file)
        if (made.backing !== undefined)
          throw new EngineError('ImageDamaged', `what was to fill volume "${volume}" lies on another image`)
        // The volume may have grown meanwhile.
        const { sizeBytes: now } = await storage.look(storage.record(volume).head)
        if (now > made.sizeBytes) await resizeImage({ path: storage.layout.image(file), format, sizeBytes: now })
        await storage.setUploaded(volume, file)
      }),
  )
}

async function refuseUnlessBlank(storage: Storage, volume: string): Promise<void> {
  const { head } = storage.record(volume)
  if (storage.use(head) !== undefined)
    throw new EngineError('VolumeInUse', `volume "${volume}" is in use`, { remedy: 'Stop the machine first.' })
  if (await isBlank(storage, volume)) return
  throw new EngineError('VolumeRefused', `volume "${volume}" is not blank: what it holds would be lost`, {
    remedy: 'Upload into a new claim.',
  })
}

/** Whether nothing was ever written to the volume. @throws {EngineError} VolumeMissing, ImageDamaged */
export async function isBlank(storage: Storage, volume: string): Promise<boolean> {
  const { head } = storage.record(volume)
  for (const file of await storage.chain(head)) {
    const { isEmpty, allocatedBytes } = await storage.look(file)
    const isRaw = file.endsWith('.raw')
    if (!isEmpty && !(isRaw && allocatedBytes <= blankRawBytes)) return false
    if (isRaw && !(await readsAsZeroes(await chainOf(storage, file)))) return false
  }
  return true
}

async function readsAsZeroes(disk: DiskImages): Promise<boolean> {
  const reader = await openDiskReader(disk)
  try {
    for await (const { offset, length, zero } of reader.extents(0, reader.sizeBytes)) {
      if (zero) continue
      if (length > blankRawBytes || (await reader.read(offset, length)).some((byte) => byte !== 0)) return false
    }
    return true
  } finally {
    await reader.close()
  }
}
