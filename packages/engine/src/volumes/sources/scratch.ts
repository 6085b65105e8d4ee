/** Folders for what is on its way into a volume: `<imports>/<volume>/`. They outlive the engine, so that a download goes on, and go with the claim. */

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDns1123Subdomain } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import { ifPresent } from '../../host/if-present.ts'

const bootFile = 'boot'
const bootId = '/proc/sys/kernel/random/boot_id'

export function scratchFolder(imports: string, volume: string): string {
  if (isDns1123Subdomain(volume).length > 0) {
    throw new EngineError('InvalidName', `"${volume}" cannot be the name of a volume`)
  }
  return join(imports, volume)
}

/**
 * The folder, made when it is not there. What an earlier try left is trusted to be as it was written while the computer runs: a power cut
 * may have left holes in it. That goes before the folder says that it is of this boot, or the next look would trust it.
 * @param keeps names of files that are safe all the same: synced before they got that name, or compared with a checksum later
 */
export async function openScratch(imports: string, volume: string, keeps: readonly string[]): Promise<string> {
  const folder = scratchFolder(imports, volume)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const now = (await readFile(bootId, 'utf8')).trim()
  if ((await ifPresent(readFile(join(folder, bootFile), 'utf8'))) === now) return folder
  for (const name of await readdir(folder)) {
    if (!keeps.includes(name)) await rm(join(folder, name), { recursive: true })
  }
  await writeFile(join(folder, bootFile), now)
  return folder
}

export async function removeScratch(imports: string, volume: string): Promise<void> {
  await rm(scratchFolder(imports, volume), { recursive: true, force: true })
}

/** At a start: of volumes whose claim is gone. */
export async function removeStrayScratch(imports: string, volumes: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(imports)) {
    if (!volumes.has(name)) await rm(join(imports, name), { recursive: true, force: true })
  }
}
