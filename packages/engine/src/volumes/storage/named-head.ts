/** Whether an image is written down as what a volume's guest writes to, read from disk alone: asked before any storage is open. */

import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { EngineError } from '../../errors.ts'
import { ifPresent } from '../../host/if-present.ts'
import { StorageLayout } from './layout.ts'
import { parseVolumeRecord } from './records.ts'
import { unknownRecord, unlessDamaged } from './unknown.ts'

/** Whether this volume's guest writes to the image at this path. @throws {EngineError} ImageDamaged when its record cannot be read */
export async function isHeadOf(volume: string, path: string): Promise<boolean> {
  const layout = new StorageLayout({ name: '', directory: dirname(dirname(path)) })
  if (join(layout.images, basename(path)) !== path) return false
  const text = await ifPresent(readFile(layout.volumeFile(volume), 'utf8'))
  return text !== undefined && parseVolumeRecord(volume, text).head === basename(path)
}

/** @throws {EngineError} ImageDamaged when it is in no record that can be read, and some cannot: then nobody knows */
export async function isNamedHead(path: string): Promise<boolean> {
  const layout = new StorageLayout({ name: '', directory: dirname(dirname(path)) })
  if (join(layout.images, basename(path)) !== path) return false
  const unknown = new Map<string, EngineError>()
  for (const volume of (await ifPresent(readdir(layout.volumes))) ?? []) {
    let isIt = false
    await unlessDamaged(
      async () => {
        const text = await ifPresent(readFile(layout.volumeFile(volume), 'utf8'))
        isIt = text !== undefined && parseVolumeRecord(volume, text).head === basename(path)
      },
      { name: volume, unknown, tell: unknownRecord('volume', volume) },
    )
    if (isIt) return true
  }
  for (const error of unknown.values()) throw error
  return false
}
