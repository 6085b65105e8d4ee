/** A volume that begins with what another volume, a snapshot or an image holds. */

import { randomUUID } from 'node:crypto'
import { ImagingError } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import { baseImagePrefix, newImageName } from '../storage/layout.ts'
import type { Storage } from '../storage/storage.ts'
import { imageKey, volumeKey } from '../storage/keys.ts'
import type { StorageSet } from '../storage/storage-set.ts'
import type { BaseSource, CloneRequest } from '../volume-types.ts'
import { asQuantity } from '../capacity.ts'
import { chainOf } from './chain.ts'
import { copyDisk } from './copy.ts'
import { readImageHeader } from './image-header.ts'
import { withOverlay } from './overlay.ts'
import { switchHeads } from './switch-heads.ts'

/** An image that stays as it is while the clone is made. */
interface Frozen {
  storage: Storage
  image: string
}

/** The turn of the new volume is held. */
export async function cloneVolume(set: StorageSet, volume: string, request: CloneRequest, now: Date): Promise<void> {
  const { from } = request
  if ('image' in from) return fromImage(set, volume, { ...request, image: from.image })
  if ('base' in from) return fromBase(set, volume, { ...request, base: from.base })
  const use = (frozen: Frozen): Promise<void> => fromFrozen(set, frozen, volume, request)
  if ('snapshot' in from) return withSnapshot(set, from.snapshot, use)
  return withFrozenVolume(set, from.volume, { ...request, now }, use)
}

async function withSnapshot(set: StorageSet, handle: string, use: (frozen: Frozen) => Promise<void>): Promise<void> {
  const { storage, record } = set.snapshot(handle)
  await pinnedAlone(set, { storage, image: record.image }, use, async () => set.snapshot(handle).record.image)
}

/** While it is read, nothing that it lies on is merged or removed. */
export async function pinnedAlone(
  set: StorageSet,
  { storage, image }: Frozen,
  use: (frozen: Frozen) => Promise<void>,
  again: () => Promise<string>,
): Promise<void> {
  const ready = await set.alone([imageKey(storage, image)], async () => {
    // Another name for the same content since it was asked for.
    const current = await again()
    return current === image ? storage.pin([image]) : undefined
  })
  if (ready === undefined) return pinnedAlone(set, { storage, image: await again() }, use, again)
  try {
    await use({ storage, image })
  } finally {
    ready()
  }
}

async function withFrozenVolume(
  set: StorageSet,
  source: string,
  { switchLive, now }: { switchLive?: CloneRequest['switchLive']; now: Date },
  use: (frozen: Frozen) => Promise<void>,
): Promise<void> {
  const storage = set.of(source)
  const frozen = await set.alone([volumeKey(source)], async () => {
    const { head, shared } = storage.record(source)
    if (shared) {
      // Its head goes on being written to: while it is copied its turn is held, in which no machine can start with it.
      refuseLent(source, storage, head)
      await use({ storage, image: head })
      return undefined
    }
    const { backing, isEmpty } = await storage.look(head)
    // Frozen before, and nothing was written since.
    if (backing !== undefined && isEmpty && storage.use(head) !== 'written')
      return { image: backing, unpin: storage.pin([backing]) }
    await switchHeads(set, {
      volumes: [{ volume: source }],
      takenAt: now,
      ...(switchLive === undefined ? {} : { switchLive }),
    })
    return { image: head, unpin: storage.pin([head]) }
  })
  if (frozen === undefined) return
  try {
    await use({ storage, image: frozen.image })
  } finally {
    frozen.unpin()
  }
}

/** One that several machines write to cannot be frozen: it is copied when no machine has it. */
function refuseLent(source: string, storage: Storage, head: string): void {
  if (storage.use(head) !== 'written') return
  throw new EngineError('VolumeInUse', `running machines share volume "${source}"`, {
    remedy: 'It is copied when they are stopped.',
  })
}

async function fromFrozen(set: StorageSet, frozen: Frozen, volume: string, request: CloneRequest): Promise<void> {
  const { storage, image } = frozen
  const { format = 'qcow2', shared = false, sizeBytes } = request
  const target = set.named(request.storage)
  const { sizeBytes: sourceBytes } = await storage.look(image)
  if (sizeBytes < sourceBytes) throw tooSmall(sourceBytes, sizeBytes)
  const name = (head: string): Promise<void> => target.addVolume(volume, { head, format, shared })
  const isLent = [...storage.volumes.values()].some(({ head }) => head === image)
  if (target === storage && format === 'qcow2' && !isLent) return withOverlay(storage, { on: image, sizeBytes }, name)
  const source = await chainOf(storage, image)
  const { signal, onProgress } = request
  await target.withImage(
    newImageName(format),
    (path) =>
      copyDisk({
        source,
        target: { path, format },
        sizeBytes,
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      }),
    name,
  )
}

/** An image of the host becomes a layer once in each storage, by another name for the same file where that is possible. */
async function fromImage(
  set: StorageSet,
  volume: string,
  { image, ...request }: CloneRequest & { image: { path: string; digest: string } },
): Promise<void> {
  const target = set.named(request.storage)
  const { format = 'qcow2', shared = false, sizeBytes, signal, onProgress } = request
  const { sizeBytes: imageBytes, backing } = await readImageHeader(image.path)
  if (backing !== undefined)
    throw new EngineError('ImageDamaged', 'an image that lies on another one cannot be made a volume')
  if (sizeBytes < imageBytes) throw tooSmall(imageBytes, sizeBytes)
  const copy = (path: string, to: 'qcow2' | 'raw', bytes: number): Promise<void> =>
    copyDisk({
      source: { path: image.path, format: 'qcow2', backing: [] },
      target: { path, format: to },
      sizeBytes: bytes,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    })
  const name = (head: string): Promise<void> => target.addVolume(volume, { head, format, shared })
  if (format === 'raw') return target.withImage(newImageName('raw'), (path) => copy(path, 'raw', sizeBytes), name)
  await onBase(set, { target, digest: image.digest, sizeBytes, name }, async (layer, lay) => {
    const linked = await target.pinned([layer], async () => {
      if (!(await canLink(target, image.path, layer))) return false
      await lay()
      return true
    })
    if (!linked) await target.withImage(layer, (path) => copy(path, 'qcow2', imageBytes), lay)
  })
}

async function fromBase(
  set: StorageSet,
  volume: string,
  { base, ...request }: CloneRequest & { base: BaseSource },
): Promise<void> {
  const target = set.named(request.storage)
  const { format = 'qcow2', shared = false, sizeBytes } = request
  // Nothing can lie below a raw image.
  if (format === 'raw') throw new EngineError('VolumeRefused', 'a raw volume cannot lie on an image that others share')
  const name = (head: string): Promise<void> => target.addVolume(volume, { head, format, shared })
  await onBase(set, { target, digest: base.digest, sizeBytes, name }, async (layer, lay) => {
    await target.withImage(layer, base.fill, lay)
  })
}

/**
 * A volume on the image of this digest, which is in the storage once: whoever asks for the same one meanwhile waits for it.
 * @param make makes the image under the name it is given, and lays the volume on it while it cannot go
 */
async function onBase(
  set: StorageSet,
  volume: { target: Storage; digest: string; sizeBytes: number; name: (head: string) => Promise<void> },
  make: (layer: string, lay: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { target, digest, sizeBytes, name } = volume
  const prefix = baseImagePrefix(digest)
  const lay = async (on: string): Promise<void> => {
    const { sizeBytes: has, backing } = await target.look(on)
    if (backing !== undefined)
      throw new EngineError('ImageDamaged', 'an image that lies on another one cannot be what volumes are made from')
    if (sizeBytes < has) throw tooSmall(has, sizeBytes)
    await withOverlay(target, { on, sizeBytes }, name)
  }
  await set.alone([`golden/${target.layout.name}/${prefix}`], async () => {
    const known = [...target.images.keys()].find((file) => file.startsWith(prefix))
    if (known !== undefined) return target.pinned([known], () => lay(known))
    const layer = `${prefix}${randomUUID().slice(0, 8)}.qcow2`
    await make(layer, () => lay(layer))
  })
}

/** @returns false where the file systems differ, or allow no more names */
async function canLink(target: Storage, path: string, layer: string): Promise<boolean> {
  try {
    await target.adoptLink(path, layer)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EXDEV' || code === 'EMLINK' || code === 'EPERM' || code === 'ENOTSUP') return false
    if (code === 'ENOENT') throw new ImagingError('NotFound', 'the image was removed from this host', { cause: error })
    throw error
  }
}

function tooSmall(hasBytes: number, wantsBytes: number): EngineError {
  return new EngineError(
    'VolumeRefused',
    `the source holds ${asQuantity(hasBytes)} (${hasBytes} bytes), more than the ${asQuantity(wantsBytes)} (${wantsBytes} bytes) asked for`,
    {
      remedy: `Ask for at least ${Math.ceil(hasBytes / 1024 ** 2)}Mi of storage.`,
    },
  )
}
