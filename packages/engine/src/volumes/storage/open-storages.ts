/** Opens the storages of this host. */

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../../errors.ts'
import { ifPresent } from '../../host/if-present.ts'
import type { VolumeStoreOptions } from '../volume-types.ts'
import { Storage } from './storage.ts'
import { endStrays } from './strays.ts'

/** @throws {EngineError} StorageUnusable, ImageDamaged */
export async function openStorages(options: VolumeStoreOptions): Promise<Storage[]> {
  const { storages, inUse = () => new Map(), sync } = options
  await endStrays(storages.map(({ directory }) => directory))
  const opened: Storage[] = []
  for (const option of storages) {
    await refuseOldLayout(option)
    opened.push(await Storage.open(option, { inUse, ...(sync === undefined ? {} : { sync }) }))
  }
  return opened
}

/** Once each volume had its disk in its own folder; they must not pass for none at all. */
async function refuseOldLayout({ name, directory }: { name: string; directory: string }): Promise<void> {
  for (const entry of (await ifPresent(readdir(directory))) ?? []) {
    const isOld = (await ifPresent(stat(join(directory, entry, 'disk.qcow2')))) !== undefined
    if (!isOld) continue
    throw new EngineError('StorageUnusable', `storage "${name}" holds volumes of an earlier, unreleased Berth`, {
      remedy: `Export them with the version that made them, or move ${directory} away to start afresh.`,
    })
  }
}
