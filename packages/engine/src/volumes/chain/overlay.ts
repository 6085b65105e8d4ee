/** A new head on images that stay as they are. */

import { createEmptyOverlay } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import { formatOf, newImageName } from '../storage/layout.ts'
import type { Storage } from '../storage/storage.ts'
import { longestChain } from './chain.ts'

/**
 * @param use names it in a record; without one it is garbage
 * @throws {EngineError} VolumeRefused
 */
export async function withOverlay(
  storage: Storage,
  { on, sizeBytes }: { on: string; sizeBytes: number },
  use: (file: string) => Promise<void>,
): Promise<void> {
  if ((await storage.chain(on)).length >= longestChain) {
    throw new EngineError('VolumeRefused', `a disk cannot be made of more than ${longestChain} layers`, {
      remedy: 'Delete snapshots that are not needed any more; their layers are merged then.',
    })
  }
  const backing = { name: on, format: formatOf(on) }
  await storage.withImage(newImageName('qcow2'), (path) => createEmptyOverlay({ path, backing, sizeBytes }), use)
}
