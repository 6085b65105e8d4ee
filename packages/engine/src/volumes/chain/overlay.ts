/** A new head on images that stay as they are. */

import { createEmptyOverlay } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import { formatOf, newImageName } from '../storage/layout.ts'
import type { Storage } from '../storage/storage.ts'
import { longestChain } from './chain.ts'
import { goOnCounting } from './counts.ts'

/**
 * @param request.counts what the image below counts for backups goes on in the new one; not in a clone, whose backups are its own
 * @param use names it in a record; without one it is garbage
 * @throws {EngineError} VolumeRefused
 */
export async function withOverlay(
  storage: Storage,
  { on, sizeBytes, counts = false }: { on: string; sizeBytes: number; counts?: boolean },
  use: (file: string) => Promise<void>,
): Promise<void> {
  if ((await storage.chain(on)).length >= longestChain) {
    throw new EngineError('VolumeRefused', `a disk cannot be made of more than ${longestChain} layers`, {
      remedy: 'Delete snapshots that are not needed any more; their layers are merged then.',
    })
  }
  const backing = { name: on, format: formatOf(on) }
  const fill = async (path: string): Promise<void> => {
    await createEmptyOverlay({ path, backing, sizeBytes })
    if (counts) await goOnCounting(storage.layout.image(on), path)
  }
  await storage.withImage(newImageName('qcow2'), fill, use)
}
