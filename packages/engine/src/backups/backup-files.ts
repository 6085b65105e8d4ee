/**
 * Where the files of a backup lie on its claim: `<machine>/<backup>-<time>/<backup>-<volume>.qcow2`, as KubeVirt names them, with part of a
 * long name of a backup replaced by a hash of it. They are made
 * under a name nobody looks for and renamed when the backup is whole: what can be seen can be used.
 */

import { createHash } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createImage } from '@berth/imaging'
import { formatTime, parseTime } from '@berth/meta'
import { ifPresent } from '../host/if-present.ts'
import { syncFile, syncFolder } from '../volumes/storage/durable.ts'

const partialPrefix = '.partial-'
/** Linux' NAME_MAX. */
const longestFileName = 255
/** The driver's, of what is counted in an image. */
const longestCheckpoint = 200

export interface BackupFiles {
  /** Absolute. */
  partial: string
  /** Absolute. */
  final: string
}

export interface BackupName {
  backup: string
  uid: string
  machine: string
  /** RFC 3339. */
  startedAt: string
}

export function backupFiles(folder: string, { backup, uid, machine, startedAt }: BackupName): BackupFiles {
  return {
    partial: join(folder, partialPrefix + uid),
    final: join(folder, machine, named(backup, `-${stampOf(startedAt)}`, longestFileName)),
  }
}

/** Names of objects have no other characters than ASCII's. */
function named(backup: string, ending: string, longest: number): string {
  if (backup.length + ending.length <= longest) return backup + ending
  const hash = `-${createHash('sha256').update(backup).digest('hex').slice(0, 8)}`
  return backup.slice(0, longest - hash.length - ending.length) + hash + ending
}

/** `2026-01-31_23-59-59`, in UTC. */
export function stampOf(time: string): string {
  return parseTime(time).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-')
}

/** The name under which is counted what is written after a backup. */
export function checkpointOf({ name = '', creationTimestamp }: { name?: string; creationTimestamp?: string }): string {
  return named(name, `-${stampOf(creationTimestamp ?? formatTime(new Date(0)))}`, longestCheckpoint)
}

/** Empty images to be filled, one for each disk. @returns their paths, in order */
export async function makeEmptyImages(
  { partial }: BackupFiles,
  backup: string,
  disks: readonly { disk: string; sizeBytes: number }[],
): Promise<{ disk: string; path: string }[]> {
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true, mode: 0o700 })
  const images: { disk: string; path: string }[] = []
  for (const { disk, sizeBytes } of disks) {
    const path = join(partial, named(backup, `-${disk}.qcow2`, longestFileName))
    await createImage({ path, format: 'qcow2', sizeBytes })
    images.push({ disk, path })
  }
  return images
}

/** The files have their lasting names, and keep them. */
export async function keepFiles({ partial, final }: BackupFiles): Promise<void> {
  for (const name of await readdir(partial)) await syncFile(join(partial, name))
  await syncFolder(partial)
  await mkdir(dirname(final), { recursive: true, mode: 0o700 })
  await rename(partial, final)
  await syncFolder(dirname(final))
  await syncFolder(dirname(dirname(final)))
}

/**
 * Of a backup that does not count. The files get their lasting name all at once: as long as there is something under the other, whatever
 * has the lasting one is not this backup's.
 */
export async function dropFiles(folder: string, name: Omit<BackupName, 'machine'>): Promise<void> {
  const machines = (await ifPresent(readdir(folder))) ?? []
  if (machines.includes(partialPrefix + name.uid)) {
    await rm(join(folder, partialPrefix + name.uid), { recursive: true, force: true })
    return
  }
  for (const machine of machines) {
    const { final } = backupFiles(folder, { ...name, machine })
    await rm(final, { recursive: true, force: true })
  }
}

/** Bytes on disk of everything in a folder. */
export async function bytesIn(folder: string): Promise<number> {
  const entries = (await ifPresent(readdir(folder, { recursive: true, withFileTypes: true }))) ?? []
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await ifPresent(stat(join(entry.parentPath, entry.name))))?.blocks ?? 0),
  )
  return sizes.reduce((total, blocks) => total + blocks * 512, 0)
}
