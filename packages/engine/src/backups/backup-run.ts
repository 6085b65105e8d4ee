/** One backup, from freezing the guest to files that stay. */

import type { VirtualMachineInstance } from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import type { PersistentVolumeClaim } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { makeFilesFolder, onClaimAlone } from '../volumes/claim-files.ts'
import { disksToBackUp, noRoom, roomOn, sinceOrAll, warningOf } from './backup-disks.ts'
import { backupFiles, dropFiles, keepFiles, makeEmptyImages, type BackupName } from './backup-files.ts'
import { withDisksInHand } from './disks-in-hand.ts'
import { holdGuest } from './hold-guest.ts'
import type { BackupOutcome } from './outcome.ts'

export interface BackupRequest {
  name: BackupName
  instance: Readonly<VirtualMachineInstance>
  domain: Domain
  claim: Readonly<PersistentVolumeClaim>
  skipQuiesce: boolean
  /** Checkpoint of the backup that this one builds on. */
  since?: string
  /** Checkpoint for the next one to build on. */
  checkpoint?: string
  signal: AbortSignal
}

/**
 * Rejects with what went wrong; nothing of the backup is left then, and the checkpoint that was there stays.
 * @throws {EngineError} MissingDependency, VolumeRefused, VolumeInUse, StorageFull
 * @throws {DriverError} as `backupDisks`
 */
export function runBackup(services: EngineServices, request: BackupRequest): Promise<BackupOutcome> {
  // Each of two at once would take the same free room for its own.
  return onClaimAlone(services, request.claim, () => {
    request.signal.throwIfAborted()
    return writeBackup(services, request)
  })
}

async function writeBackup(services: EngineServices, request: BackupRequest): Promise<BackupOutcome> {
  const { instance, domain, claim, name } = request
  const folder = await makeFilesFolder(services, claim)
  const room = await roomOn(claim, folder)
  const files = backupFiles(folder, name)
  const { sizes, volumes } = await disksToBackUp(instance, domain)
  try {
    const outcome = await sinceOrAll(request.since, async (since, lost): Promise<BackupOutcome> => {
      const images = await makeEmptyImages(files, name.backup, sizes)
      const { warning, ...copied } = await copyDisks(services, { ...request, images, room, since })
      return {
        type: since === undefined ? 'Full' : 'Incremental',
        volumes,
        ...copied,
        ...warningOf(lost, warning),
      }
    })
    await keepFiles(files)
    return outcome
  } catch (error) {
    await dropFiles(folder, name)
    throw error
  }
}

async function copyDisks(
  services: EngineServices,
  request: Omit<BackupRequest, 'since'> & {
    since: string | undefined
    images: { disk: string; path: string }[]
    room: number
  },
): Promise<Pick<BackupOutcome, 'quiesceStatus' | 'warning'>> {
  const { domain, images, room, since, checkpoint, claim } = request
  const full = new AbortController()
  return withDisksInHand(services, { domain, disks: images.map(({ disk }) => disk) }, async (begun) => {
    const { status, warning, release } = await holdGuest(services, request)
    try {
      await domain.backupDisks({
        disks: images,
        ...(since === undefined ? {} : { since }),
        ...(checkpoint === undefined ? {} : { checkpoint }),
        signal: AbortSignal.any([request.signal, full.signal]),
        onProgress({ doneBytes }) {
          begun()
          // The instant is behind us: the guest may go on.
          void release()
          if (doneBytes > room) full.abort(noRoom(claim, room))
        },
      })
    } finally {
      await release()
    }
    return { quiesceStatus: status, ...(warning === undefined ? {} : { warning }) }
  })
}
