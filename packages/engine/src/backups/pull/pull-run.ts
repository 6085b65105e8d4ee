/** One backup that is pulled, from freezing the guest until nobody is to read it any more. */

import { ImagingError, reserveSpace } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'
import { makeFilesFolder, onClaimAlone } from '../../volumes/claim-files.ts'
import { disksToBackUp, noRoom, roomOn, sinceOrAll, warningOf, type DisksToBackUp } from '../backup-disks.ts'
import { backupFiles, dropFiles, makeEmptyImages } from '../backup-files.ts'
import type { BackupRequest } from '../backup-run.ts'
import { withDisksInHand } from '../disks-in-hand.ts'
import { holdGuest } from '../hold-guest.ts'
import type { BackupOutcome } from '../outcome.ts'

/**
 * Resolves when its entry in `services.pulls` was told to finish. Nothing of it is left then, nor when it rejects, and a checkpoint stays
 * only when it resolves.
 * @param onShown it can be read from now on
 * @throws {EngineError} MissingDependency, VolumeRefused, VolumeInUse, StorageFull
 * @throws {DriverError} as `showDisks`
 */
export async function runPull(
  services: EngineServices,
  request: BackupRequest,
  onShown: () => void,
): Promise<BackupOutcome> {
  const { instance, domain, claim, name, checkpoint, signal } = request
  const folder = await makeFilesFolder(services, claim)
  const { sizes, volumes } = await disksToBackUp(instance, domain)
  try {
    return await sinceOrAll(request.since, async (since, lost): Promise<BackupOutcome> => {
      const disks = await makeScratch(services, request, { folder, sizes })
      return withDisksInHand(services, { domain, disks: disks.map(({ disk }) => disk) }, async (begun) => {
        const { status, warning, release } = await holdGuest(services, request)
        const outcome: BackupOutcome = {
          type: since === undefined ? 'Full' : 'Incremental',
          volumes,
          quiesceStatus: status,
          ...warningOf(lost, warning),
        }
        try {
          await domain.showDisks({
            disks,
            ...(since === undefined ? {} : { since }),
            ...(checkpoint === undefined ? {} : { checkpoint }),
            signal,
            async during(shown) {
              begun()
              // The instant is behind us: the guest may go on.
              await release()
              const { promise, resolve } = Promise.withResolvers<void>()
              services.pulls.set(name.uid, { ...outcome, shown, finish: resolve })
              onShown()
              await promise
            },
          })
        } finally {
          services.pulls.delete(name.uid)
          await release()
        }
        return outcome
      })
    })
  } finally {
    await dropFiles(folder, name)
  }
}

/**
 * Images that take what the guest overwrites. Their room is theirs from the beginning: were there none in the middle, it is the guest's
 * write that would fail.
 */
function makeScratch(
  services: EngineServices,
  { claim, name, signal }: BackupRequest,
  { folder, sizes }: Pick<DisksToBackUp, 'sizes'> & { folder: string },
): Promise<{ disk: string; path: string }[]> {
  // Each of two at once would take the same free room for its own.
  return onClaimAlone(services, claim, async () => {
    signal.throwIfAborted()
    const images = await makeEmptyImages(backupFiles(folder, name), name.backup, sizes)
    const room = await roomOn(claim, folder)
    const wanted = sizes.map(({ sizeBytes }) => mostBytes(sizeBytes))
    if (wanted.reduce((sum, bytes) => sum + bytes, 0) > room) throw noRoom(claim, room)
    for (const [index, { path }] of images.entries()) {
      await reserveSpace(path, wanted[index] ?? 0, { signal }).catch((error: unknown) => {
        if (!(error instanceof ImagingError && error.code === 'NoSpace')) throw error
        throw new EngineError(
          'StorageFull',
          `the storage of PersistentVolumeClaim "${claim.metadata.name ?? ''}" has no room for all that the guest may overwrite while the backup is pulled`,
          { cause: error, remedy: 'Free space on its disk, or use a claim of another storage class.' },
        )
      })
    }
    return images
  })
}

/** Of a qcow2 image that is full: its tables take 1/8192 and its counts 1/32768 of what it holds, and some clusters at its beginning. */
function mostBytes(diskBytes: number): number {
  return diskBytes + Math.ceil(diskBytes / 4096) + 1024 ** 2
}
