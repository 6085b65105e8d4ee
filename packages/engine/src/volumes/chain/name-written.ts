/**
 * What a running machine writes to is named as its volume's, whatever was written down of how it got there. Entries of the journal see to
 * that, unless one could not be read, or a person has taken it away: a snapshot that was cut off may have named a new head to which the
 * machine did not go, a merge the lower of two images.
 */

import { EngineError } from '../../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { chainIn } from './graph.ts'

/** Before anything else is done in the storage. Does nothing while an entry that is there may say better. */
export async function nameWritten(storage: Storage): Promise<void> {
  if (storage.isUncertain() || storage.journal.size > 0) return
  const heads = new Set([...storage.volumes.values()].map(({ head }) => head))
  for (const image of storage.images.keys()) {
    if (heads.has(image) || storage.use(image) !== 'written') continue
    for (const [volume, { head }] of storage.volumes)
      if (isBeside(storage, image, head)) await nameAs(storage, volume, image)
  }
}

/** A disk that cannot take it, being full or broken, takes the volume out of service, and not the engine. */
async function nameAs(storage: Storage, volume: string, image: string): Promise<void> {
  try {
    await storage.setHead(volume, image)
  } catch (cause) {
    // Named, and only not promised yet: that is asked again by itself.
    if (storage.record(volume).head === image) return
    storage.volumes.delete(volume)
    storage.unknown.volumes.set(
      volume,
      new EngineError('StorageUnusable', `what the machine of volume "${volume}" writes to could not be written down`, {
        cause,
        remedy: `Make room in storage "${storage.layout.name}", or look after its disk, and start the engine again. Others work on.`,
      }),
    )
  }
}

/** Whether the head has nothing that the image does not have: it lies right below it, or is empty, as all between them is, and lies on it. */
function isBeside({ images }: Storage, image: string, head: string): boolean {
  if (images.get(image)?.backing === head) return true
  const chain = chainIn(images, head)
  const at = chain.indexOf(image)
  return at > 0 && chain.slice(0, at).every((above) => images.get(above)?.isEmpty === true)
}
