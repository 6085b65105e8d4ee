/** The folder for disks that live as long as one run of a machine. */

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataDirectory } from '../host/data-directory.ts'

/** @param id the instance's uid, given by the API server and so safe as a name */
export function ephemeralFolder(paths: DataDirectory, id: string): string {
  return join(paths.ephemeral, id)
}

export async function makeEphemeral(paths: DataDirectory, id: string): Promise<string> {
  const folder = ephemeralFolder(paths, id)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** Idempotent. */
export async function removeEphemeral(paths: DataDirectory, id: string): Promise<void> {
  await rm(ephemeralFolder(paths, id), { recursive: true, force: true })
}
