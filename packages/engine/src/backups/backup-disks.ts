/** What a backup takes of a machine, and whether there is room for it. */

import { backedUpVolumes, type BackupVolumeInfo, type VirtualMachineInstance } from '@berth/api'
import { DriverError, type Domain } from '@berth/hypervisor'
import type { PersistentVolumeClaim } from '@berth/kube'
import { quantityToBytes } from '@berth/meta'
import { EngineError } from '../errors.ts'
import { readImageHeader } from '../volumes/chain/image-header.ts'
import { bytesIn } from './backup-files.ts'

export interface DisksToBackUp {
  sizes: { disk: string; sizeBytes: number }[]
  volumes: BackupVolumeInfo[]
}

export async function disksToBackUp(
  instance: Readonly<VirtualMachineInstance>,
  domain: Domain,
): Promise<DisksToBackUp> {
  const wanted = new Set(backedUpVolumes(instance.spec))
  const disks = domain.spec.disks.filter(({ name, readOnly }) => wanted.has(name) && !readOnly)
  const sizes: DisksToBackUp['sizes'] = []
  for (const { name, path } of disks) sizes.push({ disk: name, sizeBytes: (await readImageHeader(path)).sizeBytes })
  return { sizes, volumes: disks.map(({ name: volumeName }) => ({ volumeName })) }
}

/** Bytes that can still be written to a claim for files. */
export async function roomOn(claim: Readonly<PersistentVolumeClaim>, folder: string): Promise<number> {
  return quantityToBytes(claim.status?.capacity?.['storage'] ?? '0') - (await bytesIn(folder))
}

export function noRoom({ metadata, status }: Readonly<PersistentVolumeClaim>, room: number): EngineError {
  const size = status?.capacity?.['storage'] ?? '0'
  return new EngineError(
    'StorageFull',
    `PersistentVolumeClaim "${metadata.name ?? ''}" (${size}) has room for ${Math.max(0, room)} more bytes, and the backup needs more`,
    { remedy: 'Make the claim larger, or remove older backups from it.' },
  )
}

/**
 * Does it with what changed since a checkpoint or, when nobody knows that any more (after a crash for one), with everything.
 * @param work is told from where, and why it is everything though something else was asked for
 */
export async function sinceOrAll<T>(
  since: string | undefined,
  work: (since: string | undefined, lost?: string) => Promise<T>,
): Promise<T> {
  if (since === undefined) return work(undefined)
  try {
    return await work(since)
  } catch (error) {
    if (!(error instanceof DriverError && error.code === 'NotFound')) throw error
    return work(undefined, `checkpoint ${since} is lost, so this backup is a full one: ${error.message}`)
  }
}

/** One warning of several, if any. */
export function warningOf(...texts: (string | undefined)[]): { warning?: string } {
  const warning = texts.filter((text) => text !== undefined).join('; ')
  return warning === '' ? {} : { warning }
}
