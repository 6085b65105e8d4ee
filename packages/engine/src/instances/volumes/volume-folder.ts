/** The files of a volume as a folder, for those that a guest mounts as a file system. */

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeEphemeral } from '../ephemeral.ts'
import { configEntries } from './config-files.ts'
import type { VolumeRequest } from './volume-file.ts'

/**
 * A folder of the run's own with the files of a configMap, secret, downwardAPI, serviceAccount or sysprep volume, made anew.
 * @returns its absolute path
 * @throws as configEntries
 */
export async function resolveVolumeFolder(request: VolumeRequest): Promise<string> {
  const { volume, instance, services } = request
  const folder = join(await makeEphemeral(services.paths, instance.metadata.uid ?? ''), `${volume.name}.files`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o755 })
  for (const [path, content] of await configEntries(request)) {
    const parts = path.split('/')
    // Keys of config maps cannot be such; paths of a downwardAPI volume are a user's own words.
    if (parts.some((part) => part === '' || part === '.' || part === '..')) continue
    await mkdir(dirname(join(folder, ...parts)), { recursive: true, mode: 0o755 })
    await writeFile(join(folder, ...parts), content, { mode: 0o644 })
  }
  return folder
}
