/** One backup, from freezing the guest to files that stay. */

import {
  backedUpVolumes,
  type BackupVolumeInfo,
  type InstanceBackupStatus,
  type VirtualMachineInstance,
} from '@berth/api'
import { messageOf } from '@berth/base'
import { DriverError, type BackupResult, type Domain } from '@berth/hypervisor'
import { quantityToBytes } from '@berth/meta'
import type { PersistentVolumeClaim } from '@berth/kube'
import { EngineError } from '../errors.ts'
import { freeze, thaw } from '../instances/guest/freeze.ts'
import type { EngineServices } from '../services.ts'
import { readImageHeader } from '../volumes/chain/image-header.ts'
import { makeFilesFolder, onClaimAlone } from '../volumes/claim-files.ts'
import { backupFiles, bytesIn, dropFiles, keepFiles, makeEmptyImages, type BackupName } from './backup-files.ts'

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

export interface BackupOutcome {
  type: 'Full' | 'Incremental'
  volumes: BackupVolumeInfo[]
  quiesceStatus: NonNullable<InstanceBackupStatus['quiesceStatus']>
  warning?: string
}

/** The agent's own limit on Windows is ten seconds; a guest is never held longer than this. */
const holdMs = 60_000

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
  const { instance, domain, claim, name, since } = request
  const folder = await makeFilesFolder(services, claim)
  const room = quantityToBytes(claim.status?.capacity?.['storage'] ?? '0') - (await bytesIn(folder))
  const files = backupFiles(folder, name)
  const wanted = new Set(backedUpVolumes(instance.spec))
  const disks = domain.spec.disks.filter(({ name: disk, readOnly }) => wanted.has(disk) && !readOnly)
  const sizes: { disk: string; sizeBytes: number }[] = []
  for (const { name: disk, path } of disks) sizes.push({ disk, sizeBytes: (await readImageHeader(path)).sizeBytes })
  const volumes = disks.map(({ name: volumeName }) => ({ volumeName }))
  try {
    const copy = async (from: string | undefined): Promise<Pick<BackupOutcome, 'quiesceStatus' | 'warning'>> => {
      const images = await makeEmptyImages(files, name.backup, sizes)
      return copyDisks(services, { ...request, images, room, since: from })
    }
    let type: BackupOutcome['type'] = since === undefined ? 'Full' : 'Incremental'
    let lost: string | undefined
    const copied = await copy(since).catch((error: unknown) => {
      if (since === undefined || !(error instanceof DriverError && error.code === 'NotFound')) throw error
      // Nobody knows any more what changed since then, after a crash for one: only everything is right.
      type = 'Full'
      lost = `checkpoint ${since} is lost, so this backup is a full one: ${error.message}`
      return copy(undefined)
    })
    await keepFiles(files)
    const warning = [lost, copied.warning].filter((text) => text !== undefined).join('; ')
    return { type, volumes, quiesceStatus: copied.quiesceStatus, ...(warning === '' ? {} : { warning }) }
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
  const held = await hold(services, request)
  let letGo: Promise<void> | undefined
  const release = (): Promise<void> => (letGo ??= held.release())
  try {
    const backup: Promise<BackupResult> = domain.backupDisks({
      disks: images,
      ...(since === undefined ? {} : { since }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
      signal: AbortSignal.any([request.signal, full.signal]),
      onProgress({ doneBytes }) {
        // The instant is behind us: the guest may go on.
        void release()
        if (doneBytes > room) full.abort(noRoom(claim, room))
      },
    })
    await backup
  } finally {
    await release()
  }
  return { quiesceStatus: held.status, ...(held.warning === undefined ? {} : { warning: held.warning }) }
}

interface Hold {
  status: BackupOutcome['quiesceStatus']
  warning?: string
  /** Never rejects: a guest that cannot be told is let go when its time is over. */
  release(): Promise<void>
}

async function hold(
  services: EngineServices,
  { skipQuiesce, instance, domain }: Pick<BackupRequest, 'skipQuiesce' | 'instance' | 'domain'>,
): Promise<Hold> {
  const nothing = { release: () => Promise.resolve() }
  if (skipQuiesce) return { status: 'Skipped', ...nothing }
  try {
    await freeze(services, { instance, domain, timeoutMs: holdMs })
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    return { status: 'Failed', warning: `the guest's file systems were not frozen: ${error.message}`, ...nothing }
  }
  return {
    status: 'Succeeded',
    async release() {
      try {
        await thaw(services, { instance, domain })
      } catch (error) {
        services.logger.warn({ instance: instance.metadata.name, error: messageOf(error) }, 'a guest was not thawed')
      }
    },
  }
}

function noRoom({ metadata, status }: Readonly<PersistentVolumeClaim>, room: number): EngineError {
  const size = status?.capacity?.['storage'] ?? '0'
  return new EngineError(
    'StorageFull',
    `PersistentVolumeClaim "${metadata.name ?? ''}" (${size}) has room for ${Math.max(0, room)} more bytes, and the backup needs more`,
    { remedy: 'Make the claim larger, or remove older backups from it.' },
  )
}
