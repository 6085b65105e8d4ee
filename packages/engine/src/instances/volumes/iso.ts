/** A read-once disk of small files, as an ISO image in the run's own folder. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeIso } from '@berth/imaging'
import { makeEphemeral } from '../ephemeral.ts'
import type { VolumeFile, VolumeRequest } from './volume-file.ts'

export async function isoFile(
  { volume, instance, services }: VolumeRequest,
  content: { label: string; files: ReadonlyMap<string, Uint8Array> },
): Promise<VolumeFile> {
  const folder = await makeEphemeral(services.paths, instance.metadata.uid ?? '')
  const path = join(folder, `${volume.name}.iso`)
  // Holds what may be secret: only the machine's own user reads it (the driver hands the file over).
  await writeFile(path, writeIso(content), { mode: 0o600 })
  // Not read-only, unless the spec says so: a SATA disk cannot be, and the file is made anew for the next run.
  return { path, format: 'raw', readOnly: false }
}
