/** Between the moment when somebody learns of a disk's images and the one when QEMU has them open, they must not change. */

import { basename, dirname } from 'node:path'
import { EngineError } from '../../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { imageKey, volumeKey } from '../storage/keys.ts'
import type { StorageSet } from '../storage/storage-set.ts'

/** As a DomainDisk has it. */
export interface HeldDisk {
  path: string
  readOnly: boolean
  backing?: readonly { path: string }[]
}

/** The images of a disk that lie in a storage, from the top; what lies on them lives for one run only. */
interface Held {
  storage: Storage
  files: readonly [string, ...string[]]
  isWritten: boolean
}

export async function holdImages<T>(set: StorageSet, disks: readonly HeldDisk[], start: () => Promise<T>): Promise<T> {
  const held = disks.flatMap((disk) => heldOf(set, disk))
  const keys = held.flatMap(({ storage, files }) => [
    ...files.map((file) => imageKey(storage, file)),
    ...[...storage.volumes].flatMap(([volume, { head }]) => (head === files[0] ? [volumeKey(volume)] : [])),
  ])
  if (keys.length === 0) return start()
  return set.alone([...new Set(keys)], async () => {
    for (const disk of held) await refuseStale(disk)
    const unpins = held.map(({ storage, files }) => storage.pin(files))
    try {
      return await start()
    } finally {
      for (const unpin of unpins) unpin()
    }
  })
}

function heldOf(set: StorageSet, { path, readOnly, backing = [] }: HeldDisk): Held[] {
  const paths = [path, ...backing.map((image) => image.path)]
  for (const storage of set.all) {
    const [first, ...rest] = paths
      .filter((each) => dirname(each) === storage.layout.images)
      .map((each) => basename(each))
    if (first !== undefined)
      return [{ storage, files: [first, ...rest], isWritten: !readOnly && path === storage.layout.image(first) }]
  }
  return []
}

async function refuseStale({ storage, files, isWritten }: Held): Promise<void> {
  const [top] = files
  const isThere = storage.images.has(top)
  const isHead = [...storage.volumes.values()].some(({ head }) => head === top)
  if (isThere && (isHead || !isWritten) && String(await storage.chain(top)) === String(files)) return
  throw new EngineError('MissingDependency', 'the images of a disk have just changed', {
    remedy: 'The machine is started with the new ones by itself.',
  })
}
